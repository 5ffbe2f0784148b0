"""Gaps: offsets that Kafka lost before they were read.

A person accepts them, a backfill closes them. In ``stream_batches`` a gap is a range of holes, so
that ranges go on to tile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement


@dataclass(frozen=True, slots=True)
class Gap:
    """One row of ``ledger_gaps``; ``counts`` of what was brought back, ``None`` while it is open.

    Its records arrived after ``arrived_after_ms`` (``None``: nothing came before) and by
    ``arrived_before_ms``.
    """

    span: OffsetRange
    rules_version: int
    arrived_after_ms: int | None
    arrived_before_ms: int
    accepted_at: datetime
    accepted_by: str
    reason: str
    closed_at: datetime | None
    closed_by: str | None
    source: str | None
    counts: dict[str, int] | None  # records, accepted, rejected, clicks

    def covers(self, partition: int, offset: int) -> bool:
        """Whether an offset lies in it."""
        return self.span.partition == partition and self.span.start <= offset < self.span.end


COUNTS = ("records", "accepted", "rejected", "clicks")


def read_gaps(connection: Connection[Cursor], topic: str) -> list[Gap]:
    """All of a topic, in the order of their offsets."""
    same = Gap.__dataclass_fields__.keys() - {"span", "counts"}
    return [
        Gap(
            span=OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"]),
            counts=None if row["closed_at"] is None else {name: row[name] for name in COUNTS},
            **{name: row[name] for name in same},
        )
        for row in fetch_all(connection, statement("ledger/gaps"), (topic,))
    ]
