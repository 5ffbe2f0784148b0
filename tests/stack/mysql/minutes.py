"""Random minute rows, and what a loop in Python makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from pymysql.connections import Connection
from pymysql.cursors import Cursor

MINUTE = timedelta(minutes=1)
TYPES = ("phone", "tablet", "tv")
DEVICES = ("a", "b", "c", "d")
FILL_TYPES = """
INSERT INTO type_clicks_by_minute
SELECT minute, device_type, SUM(clicks), SUM(events), COUNT(*)
FROM clicks_by_minute GROUP BY minute, device_type"""


class Row(NamedTuple):
    """A row of ``clicks_by_minute``."""

    minute: datetime
    device_type: str
    device_id: str
    clicks: int
    events: int


class Sums(NamedTuple):
    """Clicks, events and devices of some rows."""

    clicks: int
    events: int
    devices: int


def random_rows(rng: random.Random, start: datetime, minutes: int, count: int) -> list[Row]:
    """``count`` rows over the minutes from ``start``; few figures, so that ties are common."""
    keys = {
        (start + rng.randrange(minutes) * MINUTE, rng.choice(TYPES), rng.choice(DEVICES))
        for _ in range(count)
    }
    return [Row(*key, rng.randrange(4), rng.randint(1, 3)) for key in sorted(keys)]


def write_rows(connection: Connection[Cursor], rows: Iterable[Row]) -> None:
    """Replace the count tables' rows."""
    connection.begin()
    with connection.cursor() as cursor:
        for table in ("clicks_by_minute", "type_clicks_by_minute"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.executemany("INSERT INTO clicks_by_minute VALUES (%s, %s, %s, %s, %s)", rows)
        cursor.execute(FILL_TYPES)
    connection.commit()


def sums(
    rows: Iterable[Row], start: datetime, end: datetime, device_type: str | None = None
) -> Sums:
    """Of the rows with ``start <= minute < end``, of one type or of all."""
    found = [
        row for row in rows if start <= row.minute < end and device_type in (None, row.device_type)
    ]
    return Sums(sum(row.clicks for row in found), sum(row.events for row in found), len(found))
