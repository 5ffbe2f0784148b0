"""Progress of long work: a bar on a terminal, counted lines elsewhere. Both on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.output import note

LINE_EVERY_S = 5.0
LOOK_EVERY = 256  # calls between two looks at the clock

# (how many are done, share of the whole that is done, or None)
OnProgress = Callable[[int, float | None], None]


@contextmanager
def progress_shown(what: str, *, quiet: bool = False) -> Iterator[OnProgress]:
    """A function to call after each of many pieces of work."""
    if quiet:
        yield lambda done, share: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar(what) as on_progress:
            yield on_progress
    else:
        yield CountedLines(what)


class CountedLines:
    """A line now and then: how many, how fast, how long still."""

    def __init__(
        self,
        what: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], None] = note,
    ) -> None:
        self._what = what
        self._clock = clock
        self._write = write
        self._began = self._told = clock()

    def __call__(self, done: int, share: float | None) -> None:
        """Say something if it is time to."""
        now = self._clock()
        if now - self._told < LINE_EVERY_S:
            return
        self._told = now
        elapsed_s = now - self._began
        left = f", {elapsed_s * (1 - share) / share:,.0f} s left" if share else ""
        self._write(f"{done:,} {self._what}, {done / elapsed_s:,.0f}/s{left}")


@contextmanager
def _bar(what: str) -> Iterator[OnProgress]:
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
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=None, done="0", rate="-")
        began = time.monotonic()
        calls = 0

        def update(done: int, share: float | None) -> None:
            nonlocal calls
            calls += 1
            if calls % LOOK_EVERY and share != 1.0:
                return
            rate = done / max(time.monotonic() - began, 1e-9)
            progress.update(
                task,
                total=None if share is None else 1.0,
                completed=share or 0.0,
                done=f"{done:,}",
                rate=f"{rate:,.0f}",
            )

        yield update
