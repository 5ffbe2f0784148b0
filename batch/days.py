"""Build the days of the report time zone from hours that are all reconciled.

A day is built without a lock on its hours, and stands only if none of them has moved meanwhile:
versions only grow. Whether it still stands is never kept: the view ``days`` compares the versions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.failpoints import reach
from clickledger.mysql.connection import fetch_all, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement
from clickledger.report_calendar import ReportDay

BUILT_FROM = ("reconciled", "sealed")
Hours = Sequence[Mapping[str, Any]]  # hour, state, version and cut, ascending


def days_to_build(connection: Connection[Cursor], until: datetime) -> list[ReportDay]:
    """Days that ended by ``until``, whose hours are all reconciled, and that do not stand as built.

    Hours without a row hold nothing; by ``until`` every hour since the first arrival has its row.
    """
    rows = fetch_all(connection, statement("batch/days_to_build"), (until,))
    days = (ReportDay(**row) for row in rows)
    return [day for day in days if not _lacks_minutes(connection, day)]


def _lacks_minutes(connection: Connection[Cursor], day: ReportDay) -> bool:
    """Whether it cuts a sealed hour, whose minute rows are gone."""
    sealed = [row["hour"] for row in _hours(connection, day) if row["state"] == "sealed"]
    return any(not day.first_whole_hour <= hour < day.whole_hours_end for hour in sealed)


def build_days(
    connection: Connection[Cursor], run: str, days: Sequence[ReportDay]
) -> list[ReportDay]:
    """Build days; those whose hours moved meanwhile are left for the next run."""
    return [day for day in days if build_day(connection, run, day)]


@tried_again
def build_day(connection: Connection[Cursor], run: str, day: ReportDay) -> bool:
    """Build a day in one transaction; ``False``, and nothing is changed: an hour of it moved."""
    hours = _hours(connection, day)
    if not hours or any(row["state"] not in BUILT_FROM for row in hours):
        return False
    with transaction(connection):
        _build(connection, day)
        reach("before_day_mark")
        stands = _have_not_moved(connection, day, hours)
        if stands:
            _mark(connection, run, day, hours)
        else:
            connection.rollback()
    return stands


def _hours(connection: Connection[Cursor], day: ReportDay) -> Hours:
    return fetch_all(connection, statement("batch/hours_of_day"), (day.first_hour, day.ends_at))


def _have_not_moved(connection: Connection[Cursor], day: ReportDay, hours: Hours) -> bool:
    """Lock the hours, in ascending order as everywhere (P1), and look again."""
    span = (day.first_hour, day.ends_at)
    found = fetch_all(connection, statement("batch/lock_hours_of_day"), span)
    return found == [{name: row[name] for name in ("hour", "state", "version")} for row in hours]


def _build(connection: Connection[Cursor], day: ReportDay) -> None:
    key = {"time_zone": day.time_zone, "day": day.day}
    span = {
        "starts_at": day.starts_at,
        "first_whole_hour": min(day.first_whole_hour, day.ends_at),
        "whole_hours_end": max(day.whole_hours_end, day.first_whole_hour),
        "ends_at": day.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/clear_day_rows"), key)
        cursor.execute(statement("batch/clear_type_day_rows"), key)
        cursor.execute(statement("batch/build_day_rows"), key | span)
        cursor.execute(statement("batch/build_type_day_rows"), key)


def _mark(connection: Connection[Cursor], run: str, day: ReportDay, hours: Hours) -> None:
    made_of = {
        str(row["hour"]): {"version": row["version"], "cut": json.loads(row["cut"] or "null")}
        for row in hours
    }
    mark = {
        "time_zone": day.time_zone,
        "day": day.day,
        "starts_at": day.starts_at,
        "ends_at": day.ends_at,
        "run": run,
        "hours": json.dumps(made_of),
        "hours_version": sum(row["version"] for row in hours),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/mark_day"), mark)
