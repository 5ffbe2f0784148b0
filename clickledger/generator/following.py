"""Endless events of now: made as time goes by."""

import time
from collections.abc import Callable, Iterator

import numpy as np

from clickledger.generator.events import Chunk, EventGenerator
from clickledger.signal_event import SignalEvent

TICK_S = 0.05
LONGEST_CATCH_UP_S = 1.0  # after a stall the rate goes on as it was: it is no debt to be paid


def follow(
    generator: EventGenerator,
    rate: float,
    stop: SignalEvent,
    *,
    clock: Callable[[], float] = time.time,
    wait: Callable[[float], object] | None = None,
) -> Iterator[Chunk]:
    """``rate`` events a second, each arriving now, a chunk a tick, until ``stop`` is set.

    The rate is even: the daily curve shapes generated days only.
    """
    wait = wait or stop.wait
    last, owed = clock(), 0.0
    while not stop.is_set():
        wait(TICK_S)
        now = clock()
        owed += rate * min(max(now - last, 0), LONGEST_CATCH_UP_S)
        count = int(owed)
        if count:
            arrivals = np.linspace(last * 1000, max(now, last) * 1000, count, dtype=np.int64)
            yield generator.chunk(arrivals)
        owed -= count
        last = now
