"""Endless events: an even rate, no debt after a stall, and an end when asked."""

from collections.abc import Callable

import pytest

from clickledger.generator.events import EventGenerator
from clickledger.generator.following import TICK_S, follow
from clickledger.generator.model import TrafficModel
from clickledger.signal_event import SignalEvent

pytestmark = pytest.mark.unit


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self, stop_at: float, stop: SignalEvent) -> None:
        self.now = 1_700_000_000.0
        self._until = self.now + stop_at
        self._stop = stop
        self.stalls: list[float] = []

    def read(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += self.stalls.pop() if self.stalls else seconds
        if self.now >= self._until:
            self._stop.set()


def arrivals(rate: float, seconds: float, prepare: Callable[[Clock], None]) -> list[int]:
    stop = SignalEvent()
    clock = Clock(seconds, stop)
    prepare(clock)
    generator = EventGenerator(TrafficModel())
    chunks = follow(generator, rate, stop, clock=clock.read, wait=clock.wait)
    return [moment for chunk in chunks for moment in chunk.arrival_ms.tolist()]


@pytest.mark.parametrize("rate", [0.5, 50.0, 3_000.0])
def test_the_rate_is_kept(rate: float) -> None:
    found = arrivals(rate, 10, lambda clock: None)
    assert abs(len(found) - rate * 10) <= max(rate * TICK_S, 1)
    assert found == sorted(found)


def test_a_stall_is_not_made_up_for() -> None:
    found = arrivals(100, 70, lambda clock: clock.stalls.append(60.0))
    assert abs(len(found) - (100 + 100 * 10)) <= 6  # one second of the stall, ten of the rest


def test_it_ends_when_asked_before_the_first_event() -> None:
    stop = SignalEvent()
    stop.set()
    assert list(follow(EventGenerator(TrafficModel()), 10, stop)) == []
