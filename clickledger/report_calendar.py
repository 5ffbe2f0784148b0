"""When each day of the report time zone begins and ends, kept as rows for the views."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_one, transaction
from clickledger.mysql.statements import statement

# Events are of 2000 to 2099 in UTC (``contract.rules``): so are the days, and one more at each end.
FIRST, LAST = date(1999, 12, 31), date(2100, 1, 1)
ROWS_A_STATEMENT = 5_000


@dataclass(frozen=True, slots=True)
class ReportDay:
    """A day of a time zone; its bounds are UTC without a zone, the end not included."""

    time_zone: str
    day: date
    starts_at: datetime
    ends_at: datetime

    @property
    def first_hour(self) -> datetime:
        """The UTC hour that it begins in, and may cut."""
        return self.starts_at.replace(minute=0)

    @property
    def first_whole_hour(self) -> datetime:
        """The first UTC hour that belongs to it from its beginning."""
        cut = self.starts_at != self.first_hour
        return self.first_hour + timedelta(hours=1) if cut else self.first_hour

    @property
    def whole_hours_end(self) -> datetime:
        """End of the last UTC hour that lies wholly within the day."""
        return self.ends_at.replace(minute=0)

    @property
    def hours_end(self) -> datetime:
        """Where the UTC hour ends that it ends in, and may cut."""
        cut = self.ends_at != self.whole_hours_end
        return self.whole_hours_end + timedelta(hours=1) if cut else self.ends_at


def report_day(time_zone: str, day: date) -> ReportDay:
    """One day. It begins when its date is first on the clock, also where midnight is skipped."""
    zone = ZoneInfo(time_zone)
    return ReportDay(time_zone, day, _midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def calendar(time_zone: str) -> Iterator[ReportDay]:
    """Every day that an event can have; not those that a zone skipped whole."""
    zone, day = ZoneInfo(time_zone), FIRST
    starts_at = _midnight(day, zone)
    while day <= LAST:
        ends_at = _midnight(day + timedelta(days=1), zone)
        if starts_at < ends_at:
            yield ReportDay(time_zone, day, starts_at, ends_at)
        day, starts_at = day + timedelta(days=1), ends_at


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC).replace(tzinfo=None)


def keep_calendar(connection: Connection[Cursor], time_zone: str) -> bool:
    """Make the calendar that of ``time_zone``, in one transaction; ``False``: it was.

    It is renewed when the setting has changed, and when a new edition of the time zones has moved
    a day. What days were built to stays, by zone; the views serve the zone of the calendar.
    """
    rows = _literals(time_zone)
    with transaction(connection):
        changed = not _is_kept(connection, rows)
        if changed:
            with connection.cursor() as cursor:
                cursor.execute(statement("batch/clear_calendar"))
                for start in range(0, len(rows), ROWS_A_STATEMENT):
                    some = ",".join(rows[start : start + ROWS_A_STATEMENT])
                    cursor.execute(statement("batch/add_report_days").format(rows=some))
    return changed


@lru_cache(maxsize=1)  # half a second, and a test session makes hundreds of databases
def _literals(time_zone: str) -> tuple[str, ...]:
    # 36,500 rows: a driver's executemany takes seconds. Names of zones hold no quote.
    return tuple(
        f"('{each.day}','{each.time_zone}','{each.starts_at}','{each.ends_at}','{each.first_hour}')"
        for each in calendar(time_zone)
    )


def _is_kept(connection: Connection[Cursor], rows: Sequence[str]) -> bool:
    found = fetch_one(connection, statement("batch/calendar_digest")) or {}
    digest = sum(zlib.crc32(row.encode()) for row in rows)
    return (found["rows_kept"], found["digest"]) == (len(rows), digest)
