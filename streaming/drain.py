"""Drain: the batch under way commits, the next one is refused, the query stops.

Measured on Spark 4.2: ``query.stop()`` waits for a running callback, with a stop timeout the
callback outlives it, and polling for an idle moment starves under load. So a flag is looked at
when a callback begins, and the query is stopped only when no callback runs or may begin.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class DrainedError(Exception):
    """Raised at the start of a callback that came after the drain was asked for."""


class DrainGate:
    """Lets micro-batches through until ``close``."""

    def __init__(self) -> None:
        self._closed = False  # a signal handler may not set a threading.Event
        self._busy = threading.Lock()

    @property
    def closed(self) -> bool:
        """Whether a drain was asked for."""
        return self._closed

    def close(self) -> None:
        """Refuse every further batch; safe to call again, from any thread or signal handler."""
        self._closed = True

    @contextmanager
    def batch(self) -> Iterator[None]:
        """The extent of one micro-batch.

        Raises:
            DrainedError: the gate is closed.
        """
        with self._busy:
            if self.closed:
                raise DrainedError("draining: this batch is left for the next start")
            yield

    def wait_until_idle(self, timeout_s: float) -> bool:
        """After ``close``: wait for the batch under way; ``False`` when it takes too long."""
        if self._busy.acquire(timeout=timeout_s):
            self._busy.release()
            return True
        return False
