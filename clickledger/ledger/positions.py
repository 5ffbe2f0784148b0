"""Positions: per topic partition, the next offset to apply and the last record applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement


@dataclass(frozen=True, slots=True, order=True)
class OffsetRange:
    """The offsets ``start <= offset < end`` of one partition."""

    partition: int
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __str__(self) -> str:
        return f"partition {self.partition} [{self.start:,}, {self.end:,})"


@dataclass(frozen=True, slots=True)
class RecordIdentity:
    """What tells one Kafka record from another that was later written at the same offset."""

    offset: int
    leader_epoch: int | None  # None: the broker does not say
    timestamp_ms: int
    digest: bytes  # SHA-256 of the value; of nothing for a tombstone


@dataclass(frozen=True, slots=True)
class Position:
    """A row of ``stream_offsets``."""

    partition: int
    topic_id: str
    origin_offset: int
    next_offset: int
    last: RecordIdentity | None  # None: nothing has been applied yet


def read_positions(
    connection: Connection[Cursor], topic: str, *, lock: bool = False
) -> dict[int, Position]:
    """The ledger's rows by partition; ``lock`` holds them until the transaction ends."""
    text = statement("ledger/positions") + (" FOR UPDATE" if lock else "")
    return {row["kafka_partition"]: _position(row) for row in fetch_all(connection, text, (topic,))}


def next_offsets(positions: Mapping[int, Position]) -> dict[int, int]:
    """The cut that positions stand for: per partition, the first offset not applied yet."""
    return {partition: found.next_offset for partition, found in positions.items()}


def _position(row: dict[str, Any]) -> Position:
    last = None
    if row["last_offset"] is not None:
        last = RecordIdentity(
            offset=row["last_offset"],
            leader_epoch=row["last_leader_epoch"],
            timestamp_ms=row["last_timestamp_ms"],
            digest=row["last_digest"],
        )
    return Position(
        partition=row["kafka_partition"],
        topic_id=row["topic_id"],
        origin_offset=row["origin_offset"],
        next_offset=row["next_offset"],
        last=last,
    )
