"""Corrections that are owed to an hour whatever the stream counted: closed gaps, surplus copies.

What is owed is what a cause comes to, less what stands of its corrections. So it is exact after any
undo, and when the policy for duplicates is changed back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.due import HOUR
from batch.recount.by_spark import recounted
from batch.recount.counting import Counts
from batch.recount.judging import Part
from clickledger.clock import to_epoch_ms
from clickledger.ledger.gaps import read_gaps
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Key = tuple[int, str, str]  # minute_ms, device_type, device_id
Sums = tuple[int, int]  # clicks, events


@dataclass
class Owed:
    """(clicks, events) to add to a key, by cause."""

    counts: dict[Key, dict[Cause, Sums]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def keys(self) -> set[Key]:
        """Keys to which anything is owed."""
        return {key for key in self.counts if self.of(key)}

    def of(self, key: Key) -> dict[Cause, Sums]:
        """What is owed to one key; nothing is not named."""
        return {cause: each for cause, each in self.counts.get(key, {}).items() if any(each)}

    def add(self, cause: Cause, minutes: pa.Table, sign: int = 1) -> None:
        """Owe the rows of a table of minutes."""
        for row in minutes.to_pylist():
            key = (row["minute_ms"], row["device_type"], row["device_id"])
            self._more(key, cause, sign * row["clicks"], sign * row["events"])

    def settle(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take off what stands already (rows of batch/standing_owed)."""
        for row in rows:
            key = (to_epoch_ms(row["minute"]), row["device_type"], row["device_id"])
            self._more(key, Cause(row["cause"]), -int(row["clicks"]), -int(row["events"]))

    def take_off(self, other: Owed) -> None:
        """Owe less by what ``other`` owes."""
        for key, causes in other.counts.items():
            for cause, (clicks, events) in causes.items():
                self._more(key, cause, -clicks, -events)

    def _more(self, key: Key, cause: Cause, clicks: int, events: int) -> None:
        before = self.counts[key].get(cause, (0, 0))
        self.counts[key][cause] = (before[0] + clicks, before[1] + events)


def owed_to(
    connection: Connection[Cursor],
    spark: SparkSession,
    topic: str,
    counts: Counts,
) -> Owed:
    """What is owed to an hour that was counted."""
    owed = _in_all(connection, spark, topic, counts)
    span = (counts.hour, counts.hour + HOUR)
    owed.settle(fetch_all(connection, statement("batch/standing_owed"), span))
    return owed


def owed_by_rules(
    connection: Connection[Cursor],
    spark: SparkSession,
    topic: str,
    counts: Counts,
    again: Counts,
) -> Owed:
    """What is owed beside that to an hour that was counted ``again``, by other rules."""
    owed = _in_all(connection, spark, topic, again)
    owed.take_off(_in_all(connection, spark, topic, counts))
    return owed


def _in_all(
    connection: Connection[Cursor], spark: SparkSession, topic: str, counts: Counts
) -> Owed:
    """What all of it comes to, as if nothing stood yet."""
    owed = Owed()
    if parts := list(_parts_in_gaps(connection, topic, counts.sources.parts)):
        owed.add(Cause.GAP_CLOSED, recounted(spark, parts, [to_epoch_ms(counts.hour)]))
    owed.add(Cause.DUPLICATES, counts.copies, -1)
    return owed


def _parts_in_gaps(
    connection: Connection[Cursor], topic: str, counted: Sequence[Part]
) -> Iterator[Part]:
    closed = [gap.span for gap in read_gaps(connection, topic) if gap.closed_at is not None]
    for part in counted:
        for span in part.spans:
            inside = tuple(
                OffsetRange(gap.partition, max(gap.start, span.start), min(gap.end, span.end))
                for gap in closed
                if gap.partition == span.partition and gap.start < span.end and gap.end > span.start
            )
            if inside:
                yield replace(part, spans=inside)
