"""Counted batches for tests, from a few numbers."""

import pyarrow as pa

from clickledger.ledger.positions import OffsetRange, RecordIdentity
from streaming.batch import CountedBatch, PartitionCount

MINUTES = pa.schema(
    [
        ("minute_ms", pa.int64()),
        ("device_type", pa.string()),
        ("device_id", pa.string()),
        ("clicks", pa.int64()),
        ("events", pa.int64()),
    ]
)
REJECTED = pa.schema(
    [("arrival_hour_ms", pa.int64()), ("reason", pa.string()), ("rejected", pa.int64())]
)


def part(start: int, end: int, rejected: int = 0, partition: int = 0) -> PartitionCount:
    """A part of a batch without holes."""
    return PartitionCount(
        span=OffsetRange(partition, start, end),
        records=end - start,
        accepted=end - start - rejected,
        rejected=rejected,
        clicks=end - start - rejected,
        event_time_min_ms=None,
        event_time_max_ms=None,
        kafka_time_min_ms=None,
        kafka_time_max_ms=None,
        last=RecordIdentity(end - 1, None, 0, b""),
    )


def batch(*parts: PartitionCount) -> CountedBatch:
    """A batch whose rejects all have one reason."""
    rejected = sum(p.rejected for p in parts)
    rows = [{"arrival_hour_ms": 0, "reason": "bad_time", "rejected": rejected}] if rejected else []
    return CountedBatch(
        batch_id=0,
        partitions=parts,
        minutes=pa.Table.from_pylist([], MINUTES),
        rejected=pa.Table.from_pylist(rows, REJECTED),
        groups=len(rows),
    )
