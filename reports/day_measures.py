"""What is said beside the counts: new devices, late and copied events, rejected records.

None of it makes a new version: a device's first visit may be found in another day's late event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from reports.day import Day
from reports.reading import streamed

ACCEPTED = "accepted"
LATENESS = {
    "up_to_1_minute": "up to a minute",
    "up_to_10_minutes": "up to ten minutes",
    "up_to_1_hour": "up to an hour",
    "up_to_1_day": "up to a day",
    "later": "later than a day",
}


@dataclass(frozen=True, slots=True)
class NewDevices:
    """Devices without any earlier event; all others of the day are returning."""

    all: int
    by_type: Mapping[str, int]  # of the types that have a name

    @property
    def of_others(self) -> int:
        """Of the types without one."""
        return self.all - sum(self.by_type.values())


@dataclass(frozen=True, slots=True)
class Measures:
    """Of the UTC hours that the day lies in, as measured when they were reconciled."""

    events: int
    duplicates: int
    lateness: Mapping[str, int]  # events by how late they were; they add up to ``events``
    records: int  # all that arrived in these hours, whichever hour they count into
    rejected: Mapping[str, int]  # of them, by reason

    @property
    def all_rejected(self) -> int:
        """Of every reason."""
        return sum(self.rejected.values())


def new_devices_of(connection: Connection[Cursor], day: Day, names: Collection[str]) -> NewDevices:
    """How many are new, of all types and of each in ``names``."""
    if day.source == "batch":
        text = statement("reports/visitors_built")
    else:
        text = statement("queries/new_devices")
    span = {
        "time_zone": day.time_zone,
        "day": day.day,
        "start": day.starts_at,
        "end": day.ends_at,
    }
    whole, by_type = 0, dict.fromkeys(names, 0)
    for device_type, _, new, *_ in streamed(connection, text, span):
        whole += int(new)
        if device_type in names:
            by_type[device_type] = int(new)
    return NewDevices(whole, by_type)


def measures_of(connection: Connection[Cursor], day: Day) -> Measures | None:
    """What was measured; ``None`` while no hour is reconciled, for then nothing was."""
    if not day.reconciled_hours:
        return None
    span = {"start": day.first_hour, "end": day.ends_at}
    found = fetch_one(connection, statement("reports/event_measures"), span) or {}
    rows = fetch_all(connection, statement("reports/arrivals"), span)
    arrived: dict[str, int] = {row["verdict"]: int(row["records"]) for row in rows}
    return Measures(
        events=_count(found, "events"),
        duplicates=_count(found, "duplicates"),
        lateness={name: _count(found, name) for name in LATENESS},
        records=sum(arrived.values()),
        rejected={reason: n for reason, n in arrived.items() if reason != ACCEPTED},
    )


def _count(row: Mapping[str, Any], name: str) -> int:
    return int(row.get(name) or 0)
