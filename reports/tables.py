"""The tables of a bundle: columns, types and words, once, for files, manifest, page and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

Kind = Literal["date", "datetime", "string", "integer"]
ARROW = {
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
    "string": pa.string(),
    "integer": pa.int64(),
}
# Control totals: sums of these columns, of every table that has them.
SUMS = ("clicks", "events", "clicks_moved", "events_moved")


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it means."""

    name: str
    kind: Kind
    words: str

    @property
    def field(self) -> dict[str, Any]:
        """As a field of Frictionless' Table Schema."""
        required = {"constraints": {"required": True}}
        return {"name": self.name, "type": self.kind, "description": self.words, **required}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: ``key`` are the columns that name a row; rows stand in their order."""

    name: str
    title: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_split: bool = False  # usually over several files: the first one has a number, too

    @property
    def schema(self) -> pa.Schema:
        """For Arrow and Parquet."""
        return pa.schema([pa.field(each.name, ARROW[each.kind], False) for each in self.columns])

    @property
    def table_schema(self) -> dict[str, Any]:
        """For Frictionless. No text stands for a missing value: every cell is there."""
        return {
            "fields": [each.field for each in self.columns],
            "primaryKey": list(self.key),
            "missingValues": [],
        }

    @property
    def texts(self) -> list[str]:
        """Columns that hold what a client sent."""
        return [each.name for each in self.columns if each.kind == "string"]


DAY = Column("day", "date", "the day, in the report time zone")
HOUR = Column("hour", "datetime", "beginning of the hour, UTC")
LOCAL = Column("local_hour", "string", "the same on the clock of the report time zone")
TYPE = Column("device_type", "string", "as the client sent it")
ID = Column("device_id", "string", "as the client sent it")
CLICKS = Column("clicks", "integer", "sum of the clicks")
EVENTS = Column("events", "integer", "accepted events; one event may carry 0 or many clicks")
DEVICES = Column("devices", "integer", "different devices; one id under two types is two devices")
PLACE = Column("place", "integer", "by clicks, then events, then type and id")

TYPES = Shape(
    "types",
    "Clicks by day and device type",
    ("day", "device_type"),
    (DAY, TYPE, CLICKS, EVENTS, DEVICES),
)
HOURS = Shape(
    "hours",
    "Clicks by hour of the report time zone and device type",
    ("hour", "device_type"),
    (HOUR, LOCAL, TYPE, CLICKS, EVENTS, DEVICES),
)
TOP = Shape(
    "top_devices",
    "The devices with most clicks",
    ("place",),
    (PLACE, TYPE, ID, CLICKS, EVENTS),
)
FULL = Shape(
    "devices",
    "Clicks by day and device: every device of the day",
    ("day", "device_type", "device_id"),
    (DAY, TYPE, ID, CLICKS, EVENTS),
    is_split=True,
)
CHANGES = Shape(
    "changes",
    "What moved since the version before",
    ("table", "hour", "device_type", "device_id"),
    (
        Column("table", "string", "types, hours or devices"),
        Column("hour", "string", "beginning of the hour, UTC; empty: of the whole day"),
        TYPE,
        Column("device_id", "string", "as the client sent it; empty: of all devices"),
        Column("clicks_before", "integer", "in the version before"),
        Column("clicks_after", "integer", "in this one"),
        Column("clicks_moved", "integer", "after minus before"),
        Column("events_before", "integer", "in the version before"),
        Column("events_after", "integer", "in this one"),
        Column("events_moved", "integer", "after minus before"),
        Column("why", "string", "late events, or the causes of corrections, or both"),
    ),
)
SHAPES = {shape.name: shape for shape in (TYPES, HOURS, TOP, FULL, CHANGES)}
# Figures of a day: a version is new when one of these tables is. The top follows from the devices.
FIGURES = (TYPES, HOURS, FULL)
