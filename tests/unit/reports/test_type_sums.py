"""However many types a day has: those with most clicks have a name, the sums are exact."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from reports.tables import HOURS, TYPES
from reports.type_sums import MOST_NAMED, HourSums, TypeSums

pytestmark = pytest.mark.unit

DAY = date(2026, 1, 15)


def rows_of(count: int, seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [
        {
            "day": DAY,
            "device_type": f"t{n:05}",
            "clicks": rng.randrange(30),
            "events": rng.randrange(1, 9),
            "devices": rng.randrange(1, 5),
        }
        for n in range(count)
    ]


def summed(rows: list[dict[str, Any]], size: int) -> TypeSums:
    found = TypeSums()
    for start in range(0, len(rows), size):
        found.add(pa.RecordBatch.from_pylist(rows[start : start + size], TYPES.schema))
    return found


@pytest.mark.parametrize("count", [0, 1, MOST_NAMED, MOST_NAMED + 1, 5_000])
@pytest.mark.parametrize("size", [37, 50_000])
def test_the_named_are_those_of_a_sort_and_sums_are_exact(seed: int, count: int, size: int) -> None:
    rows = rows_of(count, seed)
    found = summed(rows, size)
    best = sorted(rows, key=lambda row: (-row["clicks"], -row["events"], row["device_type"]))
    named, rest = best[:MOST_NAMED], best[MOST_NAMED:]
    assert found.named == named
    in_order = sorted(named, key=lambda row: row["device_type"])
    names = ("clicks", "events", "devices")
    others = {name: sum(row[name] for row in rest) for name in names}
    line = {"day": DAY, "device_type": f"{len(rest):,} other types", **others}
    assert found.rows == [*in_order, *([line] if rest else [])]
    assert [*map(found.total, names)] == [sum(row[name] for row in rows) for name in names]


def test_hours_name_the_types_that_the_day_names() -> None:
    hours = [
        {
            "hour": datetime(2026, 1, 15, hour, tzinfo=UTC),
            "local_hour": f"{hour}",
            "device_type": name,
            "clicks": hour * 10 + n,
            "events": 1,
            "devices": 2,
        }
        for hour in (5, 6)
        for n, name in enumerate(("a", "b", "c"), 1)
    ]
    found = HourSums({"b"})
    found.add(pa.RecordBatch.from_pylist(hours, HOURS.schema))
    assert found.named == [hours[1], hours[4]]
    words = {"device_type": "2 other types", "events": 2, "devices": 4}
    assert found.rows[2:] == [
        hours[0] | words | {"clicks": 104},
        hours[3] | words | {"clicks": 124},
    ]
