"""Everything small that is said of a day, read in the same snapshot as its tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.ledger.gaps import Gap
from reports.day import Day
from reports.day_measures import Measures, NewDevices, measures_of, new_devices_of
from reports.origins import Origins
from reports.registry import Export, exports_of
from reports.type_sums import HourSums, TypeSums

State = Literal["provisional", "final", "restated"]
NEIGHBOURS = {"the day before": 1, "the same weekday": 7}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same figures of an earlier day, as published in a version that is named."""

    what: str
    day: str
    published: Export | None

    def share(self, name: str, now: int) -> float | None:
        """By which share ``now`` is more; ``None`` where there is nothing to compare with."""
        before = getattr(self.published, name, 0)
        return (now - before) / before if before else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What page, workbook and manifest say."""

    day: Day
    version: int
    state: State
    held: Sequence[str]  # what holds it back; published all the same, as provisional
    reason: str
    since: Export | None  # the version that it is compared with in ``changes.csv``
    origins: Origins
    gaps: Sequence[Gap]  # open ones that may hold events of it
    types: TypeSums
    hours: HourSums
    top: pa.Table
    new: NewDevices
    measures: Measures | None  # None: not measured yet
    comparisons: Sequence[Comparison]

    @property
    def name(self) -> str:
        """Of the version."""
        return f"v{self.version}"

    @property
    def is_provisional(self) -> bool:
        """Whether its figures may still move as a matter of course."""
        return self.state == "provisional"

    def total(self, name: str) -> int:
        """``clicks``, ``events`` or ``devices`` of the day; a device is a pair of type and id."""
        return self.types.total(name)


def comparisons_of(connection: Connection[Cursor], day: Day) -> list[Comparison]:
    """With the newest final version of each neighbour, or with nothing."""
    found = []
    for what, days in NEIGHBOURS.items():
        other = day.day - timedelta(days=days)
        finals = [each for each in exports_of(connection, day.time_zone, other) if each.is_final]
        found.append(Comparison(what, other.isoformat(), finals[-1] if finals else None))
    return found


def beside_of(
    connection: Connection[Cursor], day: Day, names: Collection[str]
) -> tuple[NewDevices, Measures | None]:
    """What is said beside the counts; ``names`` are the types that have one."""
    return new_devices_of(connection, day, names), measures_of(connection, day)
