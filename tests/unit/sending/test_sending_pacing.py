"""Pacing with a clock of our own: rates, stalls, event times."""

import pytest

from clickledger.sending.pacing import EventTimePace, RatePace, event_time_ms

pytestmark = pytest.mark.unit


class Clock:
    """Time that passes only in ``sleep``."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_a_rate_spaces_values_evenly() -> None:
    clock = Clock()
    pace = RatePace(4, clock=clock.read, sleep=clock.sleep)
    for _ in range(5):
        pace.wait(b"")
    assert clock.slept == [0.25] * 4


def test_time_that_was_lost_is_caught_up_for_one_second_at_most() -> None:
    clock = Clock()
    pace = RatePace(10, clock=clock.read, sleep=clock.sleep)
    pace.wait(b"")
    clock.now += 60
    for _ in range(11):
        pace.wait(b"")
    assert clock.slept == []
    pace.wait(b"")
    assert clock.slept == [0.1]


def test_event_time_is_followed_faster_by_the_speed() -> None:
    clock = Clock()
    pace = EventTimePace(60, clock=clock.read, sleep=clock.sleep)
    for moment in (1_000_000, 1_060_000, 1_180_000):
        pace.wait(b"d|t|%d|1" % moment)
    assert clock.slept == [1.0, 2.0]


def test_late_events_and_those_without_a_time_are_not_waited_for() -> None:
    clock = Clock()
    pace = EventTimePace(1, clock=clock.read, sleep=clock.sleep)
    for value in (b"junk", b"d|t|5000|1", b"d|t|1000|1", b"d|t||1", b"", b"d|t|6000|1"):
        pace.wait(value)
    assert clock.slept == [1.0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"d|t|1700000000000|1", 1_700_000_000_000),
        (b"d|t|12", 12),
        (b"d|t|1e3|1", None),
        (b"d|t|-5|1", None),
        (b"d|t|" + b"9" * 16 + b"|1", None),
        ("d|t|\uff11\uff12|1".encode(), None),
        (b"\xff|\xff|7|\xff", 7),
    ],
)
def test_the_time_of_a_value(value: bytes, expected: int | None) -> None:
    assert event_time_ms(value) == expected
