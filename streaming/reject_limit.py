"""Halt before a good topic drains into nothing.

The share of rejected records is judged over the most recent ``window`` records, over however many
batches they came in. An operator lets named ranges pass with ``clickledger stream allow-rejects``;
a partition's part of a batch that begins inside such a range does not count.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from clickledger.errors import TooManyRejectsError
from clickledger.ledger.positions import OffsetRange
from streaming.batch import CountedBatch


@dataclass(frozen=True, slots=True)
class Seen:
    """Records read and rejected by one earlier batch."""

    records: int
    rejected: int


class RejectLimit:
    """The window and its limit. ``check`` before a commit, ``remember`` after it."""

    def __init__(
        self,
        share: float,
        window: int,
        allowed: Iterable[OffsetRange] = (),
    ) -> None:
        self._share = share
        self._window = window
        self._allowed = tuple(allowed)
        self._seen: deque[Seen] = deque()  # oldest first

    def check(self, batch: CountedBatch) -> None:
        """Raise when committing ``batch`` would put the window above the limit.

        Raises:
            TooManyRejectsError: names the ranges and the command that lets them pass.
        """
        if self._share >= 1:
            return
        judged = [*self._seen, self._counts(batch)]
        records = rejected = 0
        for seen in reversed(judged):
            if records >= self._window:
                break
            records += seen.records
            rejected += seen.rejected
        if rejected > self._share * max(records, self._window):
            raise self._error(batch, rejected, records)

    def remember(self, batch: CountedBatch) -> None:
        """Take a committed batch into the window."""
        self.add(self._counts(batch))

    def add(self, seen: Seen) -> None:
        """Take an earlier batch into the window."""
        self._seen.append(seen)
        self._trim()

    def is_allowed(self, span: OffsetRange) -> bool:
        """Whether an operator let the part that begins at ``span.start`` pass."""
        return any(
            a.partition == span.partition and a.start <= span.start < a.end for a in self._allowed
        )

    def _counts(self, batch: CountedBatch) -> Seen:
        counted = [part for part in batch.partitions if not self.is_allowed(part.span)]
        return Seen(sum(p.records for p in counted), sum(p.rejected for p in counted))

    def _trim(self) -> None:
        total = sum(seen.records for seen in self._seen)
        while self._seen and total - self._seen[0].records >= self._window:
            total -= self._seen.popleft().records

    def _error(self, batch: CountedBatch, rejected: int, records: int) -> TooManyRejectsError:
        bad = [p.span for p in batch.partitions if p.rejected and not self.is_allowed(p.span)]
        reasons = ", ".join(
            f"{row['rejected']:,} {row['reason']}" for row in batch.rejected.to_pylist()
        )
        ranges = " ".join(f"--range {s.partition}:{s.start}:{s.end}" for s in bad)
        return TooManyRejectsError(
            f"{rejected:,} of the last {records:,} records were rejected, above the limit of"
            f" {self._share:.0%} of at least {self._window:,}; in this batch: {reasons};"
            f" not committed: {', '.join(map(str, bad))}.",
            next_step="look at the records; if they may be rejected,"
            f" `clickledger stream allow-rejects {ranges} --reason … --token …` and start again",
        )
