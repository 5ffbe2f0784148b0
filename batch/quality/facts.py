"""What is known of a built day, summed up by MySQL in one snapshot: a few rows, however many
events the day has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.due import HOUR
from batch.quality.bands import LIKE_DAYS
from clickledger.clock import from_epoch_ms
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.mysql.statements import statement
from clickledger.report_calendar import ReportDay

Rows = Sequence[Mapping[str, Any]]
# Each table that a day is made of or kept in, and the query that sums it up.
SUMS = {
    "clicks_by_minute": "minute_sums",
    "type_clicks_by_minute": "minute_type_sums",
    "clicks_by_hour": "hour_sums",
    "type_clicks_by_hour": "hour_types",
    "clicks_by_day": "day_sums",
    "type_clicks_by_day": "day_types",
}
HELD = "held"


@dataclass(frozen=True, slots=True)
class LikeDay:
    """An earlier day of the same weekday; no share where nothing is known to have arrived."""

    day: date
    events: int
    reject_share: float | None


@dataclass(frozen=True, slots=True)
class DayFacts:
    """A build of a day, of one moment."""

    day: ReportDay
    run: str
    hours_version: int
    built: Mapping[str, int]  # clicks, events and devices, as they were marked
    states: Mapping[datetime, str]  # of its hours that have a row
    sums: Mapping[str, Rows]  # by table
    repeated_keys: Mapping[str, int]  # by table
    top_device: Mapping[str, Any] | None
    like_days: Sequence[LikeDay]  # the newest first
    reject_share: float | None
    known_types: frozenset[str]
    first_arrival: datetime | None
    newest_minute: datetime | None
    seen_at: datetime

    @property
    def hours(self) -> list[datetime]:
        """All that the day has a part in."""
        length = (self.day.ends_at - self.day.first_hour + HOUR - timedelta(microseconds=1)) // HOUR
        return [self.day.first_hour + n * HOUR for n in range(length)]

    @property
    def is_yesterday(self) -> bool:
        """Whether no other day has ended since."""
        return self.day.ends_at <= self.seen_at < self.day.ends_at + timedelta(days=1)


def read_facts(
    connection: Connection[Cursor], topic: str, day: date, now: datetime
) -> DayFacts | None:
    """The day of the report time zone that stands as built; ``None``: it does not."""
    with consistent_snapshot(connection):
        row = fetch_one(connection, statement("quality/built_day"), (day,))
        return None if row is None else _facts(connection, topic, row, now)


def _facts(
    connection: Connection[Cursor], topic: str, row: Mapping[str, Any], now: datetime
) -> DayFacts:
    asked = _day(row)
    bounds = _bounds(asked)
    repeated = fetch_all(connection, statement("quality/repeated_keys"), bounds)
    types = fetch_all(connection, statement("quality/known_types"), bounds)
    newest = fetch_one(connection, statement("quality/newest_minute"), {"now": now}) or {}
    return DayFacts(
        day=asked,
        run=row["run"],
        hours_version=row["hours_version"],
        built={name: row[name] for name in ("clicks", "events", "devices")},
        states=_states(connection, bounds),
        sums={
            table: fetch_all(connection, statement(f"quality/{name}"), bounds)
            for table, name in SUMS.items()
        },
        repeated_keys={found["name"]: found["repeated_keys"] for found in repeated},
        top_device=fetch_one(connection, statement("quality/top_device"), bounds),
        like_days=_like_days(connection, bounds),
        reject_share=_reject_share(connection, asked),
        known_types=frozenset(found["device_type"] for found in types),
        first_arrival=_first_arrival(connection, topic),
        newest_minute=newest.get("minute"),
        seen_at=now,
    )


def _day(row: Mapping[str, Any]) -> ReportDay:
    return ReportDay(row["time_zone"], row["day"], row["starts_at"], row["ends_at"])


def _bounds(day: ReportDay) -> dict[str, Any]:
    whole = day.whole_hours_end
    return {
        "time_zone": day.time_zone,
        "day": day.day,
        "starts_at": day.starts_at,
        "ends_at": day.ends_at,
        "first_hour": day.first_hour,
        "hours_end": whole if whole == day.ends_at else whole + HOUR,
        "limit": LIKE_DAYS,
    }


def _states(connection: Connection[Cursor], bounds: Mapping[str, Any]) -> dict[datetime, str]:
    rows = fetch_all(connection, statement("quality/states_of_hours"), bounds)
    return {row["hour"]: HELD if row["held"] else row["state"] for row in rows}


def _like_days(connection: Connection[Cursor], bounds: Mapping[str, Any]) -> list[LikeDay]:
    rows = fetch_all(connection, statement("quality/like_days"), bounds)
    return [
        LikeDay(row["day"], row["events"], _reject_share(connection, _day(row))) for row in rows
    ]


def _reject_share(connection: Connection[Cursor], day: ReportDay) -> float | None:
    row = fetch_one(connection, statement("quality/arrivals_of_day"), _bounds(day)) or {}
    return row["rejected"] / row["arrived"] if row["arrived"] else None


def _first_arrival(connection: Connection[Cursor], topic: str) -> datetime | None:
    row = fetch_one(connection, statement("batch/first_arrival"), (topic,))
    return from_epoch_ms(row["arrived_ms"]) if row and row["arrived_ms"] is not None else None
