"""Progress of long work: a bar on a terminal, counted lines elsewhere. Both on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.output import note
from clickledger.progress import OnProgress

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_EVERY_S = 5.0
BAR_EVERY_S = 0.1
LEAST_S = 1e-9

Clock = Callable[[], float]


@contextmanager
def progress_shown(what: str, *, quiet: bool = False) -> Iterator[OnProgress]:
    """A function to call after each of many pieces of work."""
    if quiet:
        yield lambda done, share: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar(what) as progress:
            yield Bar(progress, what)
    else:
        yield CountedLines(what)


class Pace:
    """How long the work goes on, and when to speak of it again.

    Where fewer are done than before, the next piece of work has begun: its pace is its own.
    """

    def __init__(self, every_s: float, clock: Clock) -> None:
        self._every_s = every_s
        self._clock = clock
        self._began = self._told = clock()
        self._done = 0

    def is_next(self, done: int) -> bool:
        """Whether another piece of work has begun."""
        is_next = done < self._done
        if is_next:
            self._began = self._clock()
        self._done = done
        return is_next

    def is_time(self) -> bool:
        """Whether nothing was said for long enough; then it is taken as said."""
        now = self._clock()
        if now - self._told < self._every_s:
            return False
        self._told = now
        return True

    @property
    def elapsed_s(self) -> float:
        """Since this piece of work began; never zero."""
        return max(self._clock() - self._began, LEAST_S)


class CountedLines:
    """A line now and then: how many, how fast, how long still."""

    def __init__(
        self,
        what: str,
        *,
        clock: Clock = time.monotonic,
        write: Callable[[str], None] = note,
    ) -> None:
        self._what = what
        self._write = write
        self._pace = Pace(LINE_EVERY_S, clock)

    def __call__(self, done: int, share: float | None) -> None:
        """Say something if it is time to."""
        self._pace.is_next(done)
        if not self._pace.is_time():
            return
        elapsed_s = self._pace.elapsed_s
        left = f", {elapsed_s * (1 - share) / share:,.0f} s left" if share else ""
        self._write(f"{done:,} {self._what}, {done / elapsed_s:,.0f}/s{left}")


class Bar:
    """A bar that grows, with how many, how fast, how long still."""

    def __init__(self, progress: Progress, what: str, *, clock: Clock = time.monotonic) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=None, done="0", rate="-")
        self._pace = Pace(BAR_EVERY_S, clock)

    def __call__(self, done: int, share: float | None) -> None:
        """Show it if it is time to, and at the end."""
        if self._pace.is_next(done):
            self._progress.reset(self._task)
        if not self._pace.is_time() and share != 1.0:
            return
        self._progress.update(
            self._task,
            total=None if share is None else 1.0,
            completed=share or 0.0,
            done=f"{done:,}",
            rate=f"{done / self._pace.elapsed_s:,.0f}",
        )


def _bar(what: str) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(f"{{task.fields[done]}} {what}, {{task.fields[rate]}}/s"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
