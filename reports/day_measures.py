"""What is said beside the counts: new devices, late and copied events, rejected records.

None of it makes a new version: a device's first visit may be found in another day's late event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from reports.day import Day

ACCEPTED = "accepted"
LATENESS = {
    "up_to_1_minute": "up to a minute",
    "up_to_10_minutes": "up to ten minutes",
    "up_to_1_hour": "up to an hour",
    "up_to_1_day": "up to a day",
    "later": "later than a day",
}


@dataclass(frozen=True, slots=True)
class Visitors:
    """Devices of one type: those without any earlier event are new."""

    device_type: str
    devices: int
    new: int

    @property
    def returning(self) -> int:
        """Those that had an event before the day."""
        return self.devices - self.new


@dataclass(frozen=True, slots=True)
class Measures:
    """Of the UTC hours that the day lies in, as measured when they were reconciled."""

    events: int
    duplicates: int
    lateness: Mapping[str, int]  # events by how late they were; they add up to ``events``
    records: int  # all that arrived in these hours, whichever hour they count into
    rejected: Mapping[str, int]  # of them, by reason

    @property
    def late(self) -> int:
        """Events that arrived more than an hour after they happened."""
        return self.lateness["up_to_1_day"] + self.lateness["later"]

    @property
    def all_rejected(self) -> int:
        """Of every reason."""
        return sum(self.rejected.values())


def visitors_of(connection: Connection[Cursor], day: Day) -> Sequence[Visitors]:
    """By type, most devices first."""
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
    return [
        Visitors(row["device_type"], int(row["devices"]), int(row["new_devices"]))
        for row in fetch_all(connection, text, span)
    ]


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
