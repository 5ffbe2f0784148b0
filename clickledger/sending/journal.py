"""How far a replay has come, in a file that outlives the process.

``acknowledged`` is what is certainly in Kafka. ``announced`` is written before a line is sent, so
that after a kill the lines between the two are known to be in doubt: they are sent again.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from clickledger.errors import UsageError
from clickledger.sending.pacing import Clock

ANNOUNCED_AT_ONCE = 1_000
SAVE_INTERVAL_S = 0.5


@dataclass(frozen=True)
class Progress:
    """Numbers of lines, counted from 1 in the order of sending. ``job`` says what is being sent."""

    job: str
    acknowledged: int = 0
    announced: int = 0

    @property
    def in_doubt(self) -> int:
        """Lines that may be in Kafka although nobody has confirmed it."""
        return self.announced - self.acknowledged


def read_progress(path: Path, job: str) -> Progress:
    """The progress of an earlier run, or of none.

    Raises:
        UsageError: the file belongs to another job, or is no such file.
    """
    try:
        found = Progress(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress(job)
    except (OSError, ValueError, TypeError):
        raise UsageError(
            f"{path} cannot be read as the state of a replay.",
            next_step="name another file, or delete it to begin anew",
        ) from None
    if found.job != job:
        raise UsageError(
            f"{path} is the state of another replay: {found.job}; this one is: {job}.",
            next_step="use the same input and options, or another state file",
        )
    return found


class Journal:
    """Keeps the file up to date while lines are sent."""

    def __init__(self, path: Path, progress: Progress, *, clock: Clock = time.monotonic) -> None:
        self._path = path
        self._progress = progress
        self._clock = clock
        self._saved_at = float("-inf")

    def before(self, number: int, acknowledged: int) -> None:
        """Call before line ``number`` is sent."""
        is_due = self._clock() - self._saved_at >= SAVE_INTERVAL_S
        if number > self._progress.announced or (
            is_due and acknowledged > self._progress.acknowledged
        ):
            announced = max(self._progress.announced, number + ANNOUNCED_AT_ONCE - 1)
            self._save(acknowledged, announced)

    def close(self, acknowledged: int, sent: int) -> None:
        """Call at the end, also of a failed run; ``sent`` is the last line handed over."""
        self._save(acknowledged, sent)

    def _save(self, acknowledged: int, announced: int) -> None:
        self._progress = Progress(self._progress.job, acknowledged, announced)
        self._saved_at = self._clock()
        half_made = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            half_made.write_text(json.dumps(asdict(self._progress)) + "\n", encoding="utf-8")
            half_made.replace(self._path)
        except OSError as error:
            raise UsageError(f"Cannot write {self._path}: {error.strerror}.") from None
