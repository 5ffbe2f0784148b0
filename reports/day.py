"""One day of the report time zone: its bounds, its state, and the hours of the clock in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import UsageError
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement

# Every offset from UTC since 2000 is whole quarters of an hour.
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A row of the view ``days``; bounds are UTC without a zone, the end not included."""

    day: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    state: str
    source: str
    hours: int
    reconciled_hours: int
    versions: int  # the sum of its hours' versions: they only grow

    @property
    def first_hour(self) -> datetime:
        """The UTC hour that it begins in, and may cut."""
        return self.starts_at.replace(minute=0)

    @property
    def cuts_hours(self) -> bool:
        """Whether its hours on the clock are not hours of UTC."""
        return any(hour.starts_at.minute or hour.ends_at.minute for hour in clock_hours(self))


@dataclass(frozen=True, slots=True)
class ClockHour:
    """An hour on the clock of the day's time zone; another length where that is moved by halves."""

    starts_at: datetime  # UTC without a zone
    ends_at: datetime
    local: str  # with its offset: two hours of an autumn night have one name


def find_day(connection: Connection[Cursor], day: date) -> Day:
    """The day as the database has it now.

    Raises:
        UsageError: no hour of it has a row: before the first event, or not yet over.
    """
    found = _days(connection, day, day)
    if not found:
        raise UsageError(
            f"There are no hours of {day} in the books.",
            next_step="`clickledger hours list` shows which there are",
        )
    return found[0]


def days_between(connection: Connection[Cursor], first: date, last: date) -> list[Day]:
    """The days of ``first`` to ``last`` that have hours, ascending."""
    return _days(connection, first, last)


def _days(connection: Connection[Cursor], first: date, last: date) -> list[Day]:
    rows = fetch_all(connection, statement("reports/days"), (first, last))
    return [_day(row) for row in rows]


def _day(row: dict[str, Any]) -> Day:
    counts = {name: int(row[name]) for name in ("hours", "reconciled_hours", "versions")}
    return Day(**{**row, **counts})


def clock_hours(day: Day) -> Iterator[ClockHour]:
    """The hours of the day, ascending; together they are the day."""
    zone = ZoneInfo(day.time_zone)
    starts = [day.starts_at]
    moment = day.starts_at + QUARTER
    while moment < day.ends_at:
        if _local(moment, zone).minute == 0:
            starts.append(moment)
        moment += QUARTER
    for start, end in zip(starts, [*starts[1:], day.ends_at], strict=True):
        yield ClockHour(start, end, _local(start, zone).isoformat())


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(zone)
