"""Why a day may not be published now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeAlias

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from reports.day import Day
from reports.origins import Origins

# The quality of a day in words, worst first; empty: nothing critical. Whoever starts an export
# hands it in: quality is judged by a layer that this one does not import.
Quality: TypeAlias = "Callable[[Connection[Cursor], date], Sequence[str]]"


def held_by(
    connection: Connection[Cursor], day: Day, origins: Origins, quality: Quality
) -> list[str]:
    """Every reason, in words; none: it may be published as final."""
    return [
        *_not_reconciled(day),
        *_dropped(day, origins),
        *_incidents(connection, day),
        *quality(connection, day.day),
    ]


def _not_reconciled(day: Day) -> list[str]:
    missing = day.hours - day.reconciled_hours
    if missing:
        return [f"{missing} of its {day.hours} hours are not reconciled"]
    if day.state == "incomplete":
        return ["its minute rows were dropped before this time zone was in force"]
    if day.state != "final":
        return ["its day rows are not built from what its hours are now"]
    return []


def _dropped(day: Day, origins: Origins) -> list[str]:
    sealed = any(hour.state == "sealed" for hour in origins.hours)
    if sealed and day.cuts_hours:
        return ["hours of this time zone need minute rows, and they were dropped"]
    return []


def _incidents(connection: Connection[Cursor], day: Day) -> list[str]:
    span = {"start": day.first_hour, "end": day.ends_at}
    rows = fetch_all(connection, statement("reports/open_incidents"), span)
    return [
        f"an incident is open{' at ' + str(row['hour']) if row['hour'] else ''}: {row['detail']}"
        for row in rows
    ]
