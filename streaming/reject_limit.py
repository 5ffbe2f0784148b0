"""Halt before a good topic drains into nothing.

The share of rejected records is judged over the most recent ``window`` records, over however many
batches they came in. A batch is refused only when it is itself as bad as the limit: after garbage
that was let through, a better one goes through too. An operator lets named ranges pass with
``clickledger stream allow-rejects``; they are committed apart from others (``parts.py``) and do not
count.
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

    @property
    def share(self) -> float:
        """Of its records, the rejected ones."""
        return self.rejected / self.records if self.records else 0.0

    def newest(self, records: int) -> "Seen":
        """Its last ``records``: where among them the rejected ones stood is not known."""
        if records >= self.records:
            return self
        return Seen(records, self.rejected * records // self.records)


NOTHING = Seen(0, 0)


class RejectLimit:
    """The window and its limit. ``check`` before a commit, ``remember`` after it."""

    def __init__(
        self,
        share: float,
        window: int,
        allowed: Iterable[OffsetRange] = (),
        before: Iterable[Seen] = (),
    ) -> None:
        """``before``: what earlier drivers committed, oldest first."""
        self._share = share
        self._window = window
        self.allowed = tuple(allowed)
        self._seen: deque[Seen] = deque()  # oldest first
        self._records = 0  # of all that
        for seen in before:
            self._add(seen)
        # What another limit let through does not refuse the first bad record that comes now.
        if self._is_reached_by(self._most_recent()):
            self._seen.clear()
            self._records = 0

    def check(self, batch: CountedBatch) -> None:
        """Raise when ``batch`` is as bad as the limit, and so would be the window with it.

        Raises:
            TooManyRejectsError: names the ranges and the command that lets them pass.
        """
        counts = self._counts(batch)
        with_it = self._most_recent(counts)
        if counts.share >= self._share and self._is_reached_by(with_it):
            raise self._error(batch, with_it)

    def remember(self, batch: CountedBatch) -> None:
        """Take a committed batch into the window."""
        self._add(self._counts(batch))

    def _is_reached_by(self, seen: Seen) -> bool:
        share = seen.rejected / max(seen.records, self._window)
        return share >= self._share < 1

    def _most_recent(self, batch: Seen = NOTHING) -> Seen:
        """``batch``, and of what came before it as much as the window has room for."""
        records, rejected = batch.records, batch.rejected
        for seen in reversed(self._seen):
            if records >= self._window:
                break
            part = seen.newest(self._window - records)
            records += part.records
            rejected += part.rejected
        return Seen(records, rejected)

    def _is_allowed(self, span: OffsetRange) -> bool:
        return any(
            a.partition == span.partition and a.start <= span.start and span.end <= a.end
            for a in self.allowed
        )

    def _counts(self, batch: CountedBatch) -> Seen:
        counted = [part for part in batch.partitions if not self._is_allowed(part.span)]
        return Seen(sum(p.records for p in counted), sum(p.rejected for p in counted))

    def _add(self, seen: Seen) -> None:
        self._seen.append(seen)
        self._records += seen.records
        while self._records - self._seen[0].records >= self._window:
            self._records -= self._seen.popleft().records

    def _error(self, batch: CountedBatch, found: Seen) -> TooManyRejectsError:
        bad = [p.span for p in batch.partitions if p.rejected and not self._is_allowed(p.span)]
        reasons = ", ".join(
            f"{row['rejected']:,} {row['reason']}" for row in batch.rejected.to_pylist()
        )
        ranges = " ".join(f"--range {s.partition}:{s.start}:{s.end}" for s in bad)
        return TooManyRejectsError(
            f"{found.rejected:,} of the last {found.records:,} records were rejected, which reaches"
            f" the limit of {self._share:.0%} of at least {self._window:,}; in this batch:"
            f" {reasons}; not committed: {', '.join(map(str, bad))}.",
            next_step="look at the records; if they may be rejected,"
            f" `clickledger stream allow-rejects {ranges} --reason … --token …` and start again",
        )
