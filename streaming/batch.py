"""What one micro-batch came to: plain data between counting and the sink."""

from dataclasses import dataclass

import pyarrow as pa

from clickledger.ledger.positions import OffsetRange, RecordIdentity


@dataclass(frozen=True, slots=True)
class PartitionCount:
    """One row of ``stream_batches``: everything about one partition's part of a batch."""

    span: OffsetRange
    records: int
    accepted: int
    rejected: int
    clicks: int
    event_time_min_ms: int | None
    event_time_max_ms: int | None
    kafka_time_min_ms: int | None
    kafka_time_max_ms: int | None
    last: RecordIdentity | None  # None: the whole range holds no record

    @property
    def holes(self) -> int:
        """Offsets that hold no record: transaction markers and aborted transactions."""
        return len(self.span) - self.records


@dataclass(frozen=True, slots=True)
class RejectedSample:
    """A rejected record kept for a person to look at."""

    partition: int
    offset: int
    reason: str
    raw: bytes | None  # None: a tombstone; cut to what the table holds
    true_length: int | None
    arrived_ms: int
    hour_ms: int


@dataclass(frozen=True, slots=True)
class CountedBatch:
    """A micro-batch, counted and ready to be committed.

    ``minutes`` has columns minute_ms, device_type, device_id, clicks, events, one row per key, in
    primary key order. ``rejected`` has arrival_hour_ms, reason, rejected. Both were summed in the
    driver from ``groups`` rows that Spark gave it.
    """

    batch_id: int
    partitions: tuple[PartitionCount, ...]
    minutes: pa.Table
    rejected: pa.Table
    groups: int

    @property
    def records(self) -> int:
        """Records read."""
        return sum(part.records for part in self.partitions)

    @property
    def rejects(self) -> int:
        """Records rejected."""
        return sum(part.rejected for part in self.partitions)
