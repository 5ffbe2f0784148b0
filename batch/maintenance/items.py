"""What maintenance handles: kinds of things, each listed and deleted by a keeper of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.settings import Settings

Age = timedelta | Literal["off"]


class Kind(StrEnum):
    """What can be deleted. A closed set; the order is that of deletion."""

    MINUTES = "minutes"  # of a day: its hours become sealed
    ARCHIVE = "archive"  # a segment
    LITTER = "litter"  # files of attempts that nobody lists
    RANGES = "ranges"  # of the ledger: folded up, nothing is lost but their borders
    SAMPLES = "samples"
    CHECKPOINTS = "checkpoints"
    RELEASES = "releases"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to delete. ``name`` finds it again, ``amount`` is rows, or bytes of files."""

    kind: Kind
    name: str
    detail: str
    amount: int


@dataclass(frozen=True, slots=True)
class Work:
    """What keepers work with; ``now`` is the same for all of a run."""

    connection: Connection[Cursor]
    settings: Settings
    now: datetime
    run: str

    def before(self, age: Age) -> datetime | None:
        """What is older than this may go; ``None``: nothing may."""
        return None if age == "off" else self.now - age


class Keeper(Protocol):
    """Lists and deletes one kind."""

    def items(self, work: Work) -> Iterator[Item]:
        """What may be deleted now; changes nothing."""

    def delete(self, work: Work, name: str) -> str:
        """Delete an item if it still may be; empty, or why it was kept."""
