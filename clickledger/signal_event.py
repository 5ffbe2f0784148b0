"""An event that a signal handler may set."""

import contextlib
import queue


class SignalEvent:
    """As ``threading.Event``, for one waiting thread.

    ``threading.Event.set`` takes a lock that the main thread, in which Python runs every signal
    handler, may hold at that very moment in its own ``wait``: then both stand still for ever.
    ``queue.SimpleQueue.put`` is reentrant by its documentation.
    """

    def __init__(self) -> None:
        self._set = False
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        """From any thread or signal handler, any number of times."""
        self._set = True
        self._wakes.put(None)

    def is_set(self) -> bool:
        """Whether it was ever set."""
        return self._set

    def wait(self, timeout_s: float) -> bool:
        """Until it is set, or the time is over; whether it is set."""
        if not self._set:
            with contextlib.suppress(queue.Empty):
                self._wakes.get(timeout=timeout_s)
        return self._set
