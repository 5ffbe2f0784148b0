"""How fast values are sent. Clock and sleep are passed in."""

import time
from collections.abc import Callable
from typing import Protocol

Clock = Callable[[], float]
Sleep = Callable[[float], None]
LONGEST_CATCH_UP_S = 1.0
TIME_DIGITS = 15  # as in the event contract


class Pace(Protocol):
    """Waits until a value may be sent."""

    def wait(self, value: bytes) -> None:
        """Return when it is time to send ``value``."""


class FullSpeed:
    """Never waits."""

    def wait(self, value: bytes) -> None:
        """Return at once."""


class RatePace:
    """``rate`` values a second.

    After a stall, such as a broker's restart, at most the last second is caught up on: the rate is
    what the receiver is to get, not a debt to be paid.
    """

    def __init__(
        self, rate: float, *, clock: Clock = time.monotonic, sleep: Sleep = time.sleep
    ) -> None:
        self._step_s = 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._due_s: float | None = None  # when the next value may go

    def wait(self, value: bytes) -> None:
        """Return when the next value is due."""
        now = self._clock()
        due = now if self._due_s is None else max(self._due_s, now - LONGEST_CATCH_UP_S)
        if due > now:
            self._sleep(due - now)
        self._due_s = due + self._step_s


class EventTimePace:
    """As the events' own times say, ``speed`` times as fast.

    The first event with a time sets the beginning. A late event, and one without a time, is sent at
    once: it waits for nobody, and nobody waits for it.
    """

    def __init__(
        self, speed: float, *, clock: Clock = time.monotonic, sleep: Sleep = time.sleep
    ) -> None:
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._began: tuple[int, float] | None = None  # event time in ms, our clock in s

    def wait(self, value: bytes) -> None:
        """Return when ``value`` is due."""
        event_ms = event_time_ms(value)
        if event_ms is None:
            return
        if self._began is None:
            self._began = event_ms, self._clock()
            return
        first_ms, began_s = self._began
        ahead_s = began_s + (event_ms - first_ms) / 1000 / self._speed - self._clock()
        if ahead_s > 0:
            self._sleep(ahead_s)


def event_time_ms(value: bytes) -> int | None:
    """What stands where the time stands, if it could be one. For pacing only: it judges nothing."""
    fields = value.split(b"|", 3)
    if len(fields) < 3 or not fields[2].isdigit() or len(fields[2]) > TIME_DIGITS:
        return None
    return int(fields[2])
