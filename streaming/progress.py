"""What the driver has done lately: shared by the batch thread and the heartbeat."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from clickledger.clock import utc_now
from clickledger.errors import LedgerMovedError
from clickledger.ledger.positions import Position
from streaming.batch import CountedBatch


@dataclass(frozen=True, slots=True)
class BatchTimes:
    """Seconds that the parts of one micro-batch took."""

    count_s: float
    commit_s: float


@dataclass
class Progress:
    """Counters since the start, and the last minute's batches for rates."""

    positions: dict[int, int] = field(default_factory=dict)  # partition -> next offset
    last_commit_at: datetime | None = None
    batches: int = 0
    records: int = 0
    rejected: int = 0
    last_times: BatchTimes | None = None
    _recent: deque[tuple[float, int]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def committed(self, batch: CountedBatch, times: BatchTimes) -> None:
        """Take a committed batch in."""
        with self._lock:
            self.positions.update({p.span.partition: p.span.end for p in batch.partitions})
            self.last_commit_at = utc_now()
            self.batches += 1
            self.records += batch.records
            self.rejected += batch.rejects
            self.last_times = times
            self._recent.append((time.monotonic(), batch.records))

    def ledger(self, read: Callable[[], dict[int, Position]]) -> dict[int, Position]:
        """What ``read`` finds: at least what was committed here before it was asked.

        Raises:
            LedgerMovedError: it is less. Nobody's commit does that, a restored dump does.
        """
        with self._lock:
            committed = dict(self.positions)
        found = read()
        for partition, offset in committed.items():
            there = found[partition].next_offset if partition in found else None
            if there is None or there < offset:
                raise LedgerMovedError(
                    f"The ledger of partition {partition} stands at {there}, before {offset:,}, to"
                    " which this driver has committed: was MySQL restored from a dump?",
                    next_step="nothing: the stream is started again, at the ledger",
                )
        return found

    def partitions(self) -> list[int]:
        """Those that were met so far."""
        with self._lock:
            return list(self.positions)

    def as_dict(self, ends: dict[int, int] | None) -> dict[str, object]:
        """For ``stream_state.progress``; ``ends`` are Kafka's stable ends, ``None`` if unknown."""
        with self._lock:
            now = time.monotonic()
            while self._recent and now - self._recent[0][0] > 60:
                self._recent.popleft()
            span = max(now - self._recent[0][0], 1.0) if self._recent else 1.0
            times = self.last_times
            return {
                "batches": self.batches,
                "records": self.records,
                "rejected": self.rejected,
                "records_per_s": round(sum(n for _, n in self._recent) / span, 1),
                "count_ms": round(times.count_s * 1000) if times else None,
                "commit_ms": round(times.commit_s * 1000) if times else None,
                "positions": dict(self.positions),
                "lag_events": self._lag(ends),
            }

    def in_words(self) -> str:
        """One line for the log."""
        told = self.as_dict(None)
        return (
            f"{self.records:,} records in {self.batches:,} batches ({told['records_per_s']}/s),"
            f" {self.rejected:,} rejected; last batch: count {told['count_ms']} ms,"
            f" commit {told['commit_ms']} ms"
        )

    def _lag(self, ends: dict[int, int] | None) -> int | None:
        if ends is None:
            return None
        return sum(max(end - self.positions.get(p, 0), 0) for p, end in ends.items())
