"""Timed progress lines: what is done, what came of it, how long it took. Standard library only.

On a terminal the line of a running step is rewritten; in a log each line is printed once.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

TITLE_WIDTH = 34


class Step:
    """One step under way. ``outcome`` is printed when it ends."""

    def __init__(self, title: str, out: TextIO) -> None:
        self.outcome = "done"
        self._title = title
        self._out = out
        self._started = time.monotonic()
        self._shown_at = self._started
        self._show("…", last=False)

    @property
    def seconds(self) -> float:
        """How long the step has been running."""
        return time.monotonic() - self._started

    def progress(self, text: str) -> None:
        """Say how far it is; at most ten times a second, in a log once every ten seconds."""
        if time.monotonic() - self._shown_at >= (0.1 if self._out.isatty() else 10):
            self._shown_at = time.monotonic()
            self._show(f"{text} ({self.seconds:.0f} s)", last=False)

    def end(self) -> None:
        """Print the final line."""
        self._show(f"{self.outcome} ({self.seconds:.1f} s)", last=True)

    def _show(self, text: str, *, last: bool) -> None:
        line = f"  {self._title:<{TITLE_WIDTH}} {text}"
        if self._out.isatty():
            self._out.write(f"\r\x1b[K{line}" + ("\n" if last else ""))
        elif text != "…":
            self._out.write(line + "\n")
        self._out.flush()


@contextmanager
def step(title: str, out: TextIO | None = None) -> Iterator[Step]:
    """Time a block. An error inside ends the line with ``failed`` and goes on upwards."""
    running = Step(title, out or sys.stdout)
    try:
        yield running
    except BaseException as error:
        running.outcome = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        raise
    finally:
        running.end()
