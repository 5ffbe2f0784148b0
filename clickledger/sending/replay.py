"""Sends the lines of a source in an order, at a pace, and continues where an earlier run ended."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clickledger.errors import ClickledgerError, UsageError
from clickledger.progress import OnProgress
from clickledger.sending.journal import Journal, Progress, read_progress
from clickledger.sending.lines import Order, Source
from clickledger.sending.pacing import Pace
from clickledger.sending.partitions import PartitionBy, partition_choice
from clickledger.sending.sender import Sender

INTERRUPT_FLUSH_S = 5


@dataclass(frozen=True)
class ReplayJob:
    """What is to be sent. ``first_line`` counts from 1 in the order of sending."""

    source: Source
    order: Order
    partition_by: PartitionBy = PartitionBy.ROUND_ROBIN
    first_line: int = 1
    state_file: Path | None = None

    def __post_init__(self) -> None:
        if self.first_line < 1 or self.order.times < 1:
            raise UsageError("Lines and times are counted from 1.")
        if self.source.path is None and self.order.times > 1 and self.order.shuffle_seed is None:
            raise UsageError(
                "Standard input can be read only once.", next_step="name a file, or use --shuffle"
            )

    def earlier(self, topic: str) -> Progress:
        """How far an earlier run came; line ``first_line - 1`` without one."""
        job = (
            f"{self.source.identity()} to {topic}, {self.order.times} times,"
            f" shuffle seed {self.order.shuffle_seed}, by {self.partition_by},"
            f" from line {self.first_line}"
        )
        begin = Progress(job, self.first_line - 1, self.first_line - 1)
        if self.state_file is None:
            return begin
        found = read_progress(self.state_file, job)
        return found if found.announced else begin


@dataclass
class ReplayResult:
    """``sent`` lines in this run, the last being number ``last``; ``resumed`` tells of before."""

    resumed: Progress
    last: int
    acknowledged: int = 0  # of those sent in this run

    @property
    def sent(self) -> int:
        """Lines handed over in this run."""
        return self.last - self.resumed.acknowledged


def run_replay(
    job: ReplayJob,
    earlier: Progress,
    sender: Sender,
    pace: Pace,
    on_progress: OnProgress = lambda sent, share: None,
) -> ReplayResult:
    """Send what comes after ``earlier`` and wait until all of it is acknowledged.

    Whatever ends it (an error, Ctrl-C), what was acknowledged by then is in the state file.
    """
    journal = Journal(job.state_file, earlier) if job.state_file else None
    result = ReplayResult(earlier, last=earlier.acknowledged)
    choose = partition_choice(job.partition_by)
    try:
        for number, line, share in _remaining(job, earlier.acknowledged):
            pace.wait(line)
            if journal:
                journal.before(number, earlier.acknowledged + sender.acknowledged)
            result.last = number
            sender.send(line, choose(number, line, sender.partitions))
            on_progress(result.sent, share)
        sender.flush()
    except KeyboardInterrupt:
        with contextlib.suppress(ClickledgerError):  # so that as few as can be are in doubt
            sender.flush(timeout_s=INTERRUPT_FLUSH_S)
        raise
    finally:
        result.acknowledged = sender.acknowledged
        if journal:
            journal.close(earlier.acknowledged + sender.acknowledged, result.last)
    return result


def _remaining(job: ReplayJob, done: int) -> Iterator[tuple[int, bytes, float | None]]:
    for number, (line, share) in enumerate(job.order.lines(job.source), start=1):
        if number > done:
            yield number, line, share
