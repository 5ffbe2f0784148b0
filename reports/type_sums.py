"""Types of devices, of which there may be any number: a client may send another with every event.

The files hold every type. Page, workbook and whoever makes or verifies them hold those with most
clicks, and of all others the exact sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

MOST_NAMED = 100
Row: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class OtherTypes:
    """Sums over the types without a name; ``place``: the day or hour that they have in common."""

    place: Mapping[str, Any]
    types: int = 0
    clicks: int = 0
    events: int = 0
    devices: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """One type more."""
        self.types += 1
        self.clicks += row["clicks"]
        self.events += row["events"]
        self.devices += row["devices"]

    @property
    def words(self) -> str:
        """In the place of a name."""
        return f"{self.types:,} other types"

    @property
    def row(self) -> Row:
        """As a row of the table."""
        sums = {"clicks": self.clicks, "events": self.events, "devices": self.devices}
        return {**self.place, "device_type": self.words, **sums}


class TypeSums:
    """The table ``types`` while its rows go by."""

    def __init__(self, most: int = MOST_NAMED) -> None:
        self._most = most
        self.named: list[Row] = []  # most clicks first
        self.others: OtherTypes | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Rows of the table, in any order."""
        rows = sorted([*self.named, *batch.to_pylist()], key=_by_clicks)
        self.named, rest = rows[: self._most], rows[self._most :]
        for row in rest:
            if self.others is None:
                self.others = OtherTypes({"day": row["day"]})
            self.others.add(row)

    @property
    def names(self) -> set[str]:
        """The types that have one."""
        return {row["device_type"] for row in self.named}

    def total(self, name: str) -> int:
        """``clicks``, ``events`` or ``devices`` of all types."""
        rest: int = getattr(self.others, name, 0)
        return rest + sum(int(row[name]) for row in self.named)

    @property
    def rows(self) -> list[Row]:
        """As a sheet shows them: in the table's order, all others behind them."""
        named = sorted(self.named, key=lambda row: row["device_type"])
        return [*named, *([self.others.row] if self.others else [])]


class HourSums:
    """The table ``hours`` while its rows go by; ``names`` are the types that have one."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self.named: list[Row] = []
        self.others: dict[str, OtherTypes] = {}  # by the hour on the clock

    def add(self, batch: pa.RecordBatch) -> None:
        """Rows of the table, in its order."""
        for row in batch.to_pylist():
            if row["device_type"] in self._names:
                self.named.append(row)
            else:
                place = {name: row[name] for name in ("hour", "local_hour")}
                self.others.setdefault(row["local_hour"], OtherTypes(place)).add(row)

    @property
    def rows(self) -> list[Row]:
        """As a sheet shows them: in the table's order, all others behind them."""
        return [*self.named, *(each.row for each in self.others.values())]


def sums_of_types(
    types: Iterable[pa.RecordBatch], hours: Iterable[pa.RecordBatch]
) -> tuple[TypeSums, HourSums]:
    """Of both tables, read once."""
    of_day = TypeSums()
    for batch in types:
        of_day.add(batch)
    of_hours = HourSums(of_day.names)
    for batch in hours:
        of_hours.add(batch)
    return of_day, of_hours


def _by_clicks(row: Mapping[str, Any]) -> tuple[int, int, str]:
    return -row["clicks"], -row["events"], row["device_type"]
