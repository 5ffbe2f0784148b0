"""Every day of the real file, of two deployments that have counted the same records."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import pytest

from reports.publish import Published
from tests.stack.batch.conftest import worker
from tests.stack.batch.reconciled import Reconciled
from tests.stack.batch.worker import Worker
from tests.stack.reports.reported import KOLKATA, contents
from tests.stack.reports.test_real_days import (
    REAL_CLICKS,
    assert_holds,
    counted,
    day_of,
    published,
)
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment

__all__ = ["worker"]  # the session's batch process, as a fixture

pytestmark = [pytest.mark.stack, pytest.mark.long]

DAYS_WITH_CLICKS = 124
NOTHING = {"clicks": 0, "events": 0, "devices": 0}
OTHER_BATCHES = {"max_offsets_per_trigger": "7001", "trigger_interval_ms": "0"}


@pytest.fixture(scope="module")
def lines() -> dict[date, list[bytes]]:
    """The whole file, by its days in Kolkata."""
    if not REAL_CLICKS.exists():
        pytest.skip("NO REAL CLICKS: the file is not beside this checkout")
    found: dict[date, list[bytes]] = defaultdict(list)
    with gzip.open(REAL_CLICKS, "rb") as file:
        for line in file:
            found[day_of(line)].append(line.strip())
    assert len(found) == DAYS_WITH_CLICKS
    return found


@pytest.fixture(scope="module")
def both(
    stack: RunningStack, worker: Worker, lines: dict[date, list[bytes]]
) -> Iterator[tuple[dict[date, Published], dict[date, Published]]]:
    """What two deployments publish: databases, homes, batches and archives of their own."""
    one, other = (
        Reconciled(
            make_deployment(
                stack, f"r_all_days_{n}", topic="t_r_all_days", report_time_zone=KOLKATA
            ),
            worker,
        )
        for n in (1, 2)
    )
    one.start_stream()
    other.deployment.driver(**OTHER_BATCHES).await_running()
    with gzip.open(REAL_CLICKS, "rb") as file:
        one.deployment.send(line.strip() for line in file)
    for each in (one, other):
        each.deployment.await_applied()
        assert each.reconcile().ok
    yield published(one), published(other)
    for each in (one, other):
        each.deployment.close()


def test_every_day_equals_an_independent_count(
    both: tuple[dict[date, Published], dict[date, Published]], lines: dict[date, list[bytes]]
) -> None:
    found = both[0]
    assert {day for day, each in found.items() if each.totals != NOTHING} == set(lines)
    for day, each in found.items():
        assert each.outcome == "published"
        assert_holds(each, counted(lines.get(day, []), day))


def test_both_publish_the_same_bytes(
    both: tuple[dict[date, Published], dict[date, Published]],
) -> None:
    one, other = both
    assert one.keys() == other.keys()
    for day in one:
        ours, theirs = contents(one[day].folder), contents(other[day].folder)
        assert ours.keys() == theirs.keys()
        assert [name for name in ours if ours[name] != theirs[name]] == [], day
