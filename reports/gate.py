"""Why a day may not be published now."""

from __future__ import annotations

from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.day_quality import DayQuality, DayVerdict
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from reports.day import Day
from reports.origins import Origins


def held_by(connection: Connection[Cursor], day: Day, origins: Origins, now: datetime) -> list[str]:
    """Every reason, in words; none: it may be published as final."""
    return [
        *(["the day is not over"] if now < day.ends_at else []),
        *_not_reconciled(day),
        *_dropped(day, origins),
        *_incidents(connection, day),
        *_quality(origins.quality),
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


def _quality(quality: DayQuality) -> list[str]:
    """Nothing of a day that is not built: that is said already."""
    if quality.state != "final":
        return []
    held = [f"{name} failed (docs/runbooks/quality-failed.md)" for name in quality.failed]
    if quality.verdict is DayVerdict.NONE:
        held.append(f"its quality was not judged yet: `clickledger quality --day {quality.day}`")
    if quality.held_hours:
        held.append(f"{quality.held_hours} of its hours are held: `clickledger hours list --held`")
    return held
