"""Sliding windows of any length and slide, compared with a loop over the rows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from tests.stack.mysql.minutes import MINUTE, Row, random_rows, sums, write_rows

pytestmark = pytest.mark.stack

SEED = 20260102
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
DAY = datetime(2026, 1, 1)  # noqa: DTZ001
ROWS = random_rows(random.Random(SEED), DAY, 3000, 1200)


@pytest.fixture(scope="module", autouse=True)
def _rows(server: Any, deployed: Any) -> None:
    with server.admin(deployed.mysql_database) as connection:
        write_rows(connection, ROWS)


def windows(connection: Connection[Cursor], **asked: Any) -> list[tuple[Any, ...]]:
    rows = fetch_all(
        connection, statement("queries/sliding_windows"), {"device_type": None, **asked}
    )
    return [tuple(row.values()) for row in rows]


def expected(
    rows: list[Row],
    start: datetime,
    end: datetime,
    length: int,
    slide: int,
    device_type: str | None = None,
) -> list[tuple[Any, ...]]:
    """Every window that lies within ``start..end``, summed one by one."""
    found = []
    opens = EPOCH + (start - EPOCH) // (slide * MINUTE) * (slide * MINUTE)
    while opens + length * MINUTE <= end:
        if opens >= start:
            closes = opens + length * MINUTE
            found.append((opens, closes, *sums(rows, opens, closes, device_type)[:2]))
        opens += slide * MINUTE
    return found


@pytest.mark.parametrize("case", range(25))
def test_as_a_loop_counts_them(admin: Connection[Cursor], case: int) -> None:
    rng = random.Random(SEED + case)
    asked: dict[str, Any] = {
        "start": DAY + rng.randrange(-30, 500) * MINUTE,
        "length": rng.choice([1, 2, 5, 7, 15, 60]),
        "slide": rng.choice([1, 2, 3, 5, 15, 60, 90]),
        "device_type": rng.choice([None, None, "phone", "nobody"]),
    }
    asked["end"] = asked["start"] + rng.randrange(300) * MINUTE
    print(f"seed {SEED + case}: {asked}")  # noqa: T201

    assert windows(admin, **asked) == expected(ROWS, **asked)


def test_more_windows_than_a_recursion_may_have_steps(admin: Connection[Cursor]) -> None:
    asked = {"start": DAY, "end": DAY + 3000 * MINUTE, "length": 5, "slide": 1}

    seen = windows(admin, **asked)
    assert len(seen) == 2996
    assert seen == expected(ROWS, **asked)  # type: ignore[arg-type]


def test_windows_are_aligned_to_the_epoch(admin: Connection[Cursor]) -> None:
    seen = windows(admin, start=DAY + 2 * MINUTE, end=DAY + 30 * MINUTE, length=10, slide=7)

    assert [(opens - EPOCH) % (7 * MINUTE) for opens, *_ in seen] == [timedelta(0)] * len(seen)
    assert len(seen) == 2


def test_windows_without_a_click_are_there(admin: Connection[Cursor]) -> None:
    start = DAY + timedelta(days=300)

    assert windows(admin, start=start, end=start + 3 * MINUTE, length=1, slide=1) == [
        (start + n * MINUTE, start + (n + 1) * MINUTE, 0, 0) for n in range(3)
    ]


def test_tumbling_windows_add_up_to_the_range(admin: Connection[Cursor]) -> None:
    seen = windows(admin, start=DAY, end=DAY + timedelta(days=2), length=60, slide=60)

    assert len(seen) == 48
    total = sums(ROWS, DAY, DAY + timedelta(days=2))
    assert (sum(row[2] for row in seen), sum(row[3] for row in seen)) == total[:2]


def test_a_range_that_is_not_whole_minutes_is_taken_inwards(admin: Connection[Cursor]) -> None:
    second = timedelta(seconds=1)
    seen = windows(admin, start=DAY + second, end=DAY + 4 * MINUTE - second, length=1, slide=1)

    assert seen == expected(ROWS, DAY + MINUTE, DAY + 3 * MINUTE, 1, 1)


@pytest.mark.parametrize("minutes", [0, 4])
def test_a_range_shorter_than_the_window_has_none(admin: Connection[Cursor], minutes: int) -> None:
    assert windows(admin, start=DAY, end=DAY + minutes * MINUTE, length=5, slide=1) == []
