"""What must be true of every reconciled hour, as SQL over all its tables (``sql/checks``).

Each check is a query that returns the rows that break it, each with its ``hour``; it looks at
reconciled hours only. An hour that breaks one is held, and served from its minute rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.holds import hold_broken
from batch.due import spans
from batch.reconcile.results import HourResult, Verdict
from batch.run import Run
from clickledger.failpoints import reach
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.mysql.statements import placeholders, statement

# What each check proves when it finds nothing; the names are those of the files in sql/checks.
CHECKS = {
    "minute_rows_possible": "minute rows are of whole minutes and hold events and named keys",
    "hour_rows_possible": "hour rows hold events, and their first and last minute lie in the hour",
    "minutes_equal_types": "clicks, events and devices per minute and type are the minute rows'",
    "minutes_equal_hours": "clicks and events per hour and type are the sums of its minutes",
    "hours_equal_types": "clicks, events and devices per hour and type are the hour rows'",
    "marks_equal_hours": "the hour's mark is of its version and holds the sums of its rows",
    "measures_equal_hours": "as many events were measured in the archive as were counted",
}
MOST_CHARACTERS = 4_000  # of what is said about an hour
Broken = dict[datetime, tuple[int, str]]  # the version that was looked at, and what is wrong


def checked(
    connection: Connection[Cursor], run: Run, results: Sequence[HourResult]
) -> list[HourResult]:
    """Check the hours that a run has just reconciled; those that break a check are held."""
    hours = sorted(result.hour for result in results if result.verdict.is_reconciled)
    if run.dry_run or not hours:
        return list(results)
    reach("before_checks")
    held = {
        hour: what
        for hour, (version, what) in broken_hours(connection, hours).items()
        if hold_broken(connection, run.run, hour, version, what)
    }
    return [
        replace(result, verdict=Verdict.BREAKS_CHECK, detail=held[result.hour])
        if result.hour in held
        else result
        for result in results
    ]


def broken_hours(connection: Connection[Cursor], hours: Iterable[datetime]) -> Broken:
    """Which of ``hours``, ascending, break a check, all of one moment."""
    wanted = list(hours)
    found: dict[datetime, list[str]] = {}
    with consistent_snapshot(connection):
        for start, end in spans(wanted):
            for name in CHECKS:
                span = {"start": start, "end": end}
                for row in fetch_all(connection, statement(f"checks/{name}"), span):
                    found.setdefault(row.pop("hour"), []).append(f"{name} ({_in_words(row)})")
        versions = _versions(connection, list(found))
    return {
        hour: (versions[hour], "; ".join(what)[:MOST_CHARACTERS])
        for hour, what in sorted(found.items())
    }


def _versions(connection: Connection[Cursor], hours: Sequence[datetime]) -> dict[datetime, int]:
    if not hours:
        return {}
    text = statement("batch/hours_of").format(hours=placeholders(hours))
    return {row["hour"]: row["version"] for row in fetch_all(connection, text, hours)}


def _in_words(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
