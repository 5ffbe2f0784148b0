"""An even rate, whatever the machine does between two slices."""

import pytest

from benchmarks.paced_producer import SLICE_S, events_due, until_next_slice_s

pytestmark = pytest.mark.unit
RATE = 20_000


def test_a_slice_is_due_when_its_time_has_passed() -> None:
    assert until_next_slice_s(0, RATE, 0.0) == SLICE_S
    assert until_next_slice_s(RATE, RATE, 1.0) == pytest.approx(SLICE_S)
    assert until_next_slice_s(RATE, RATE, 1.5) == pytest.approx(SLICE_S - 0.5)  # so late are we


@pytest.mark.parametrize("step_s", [SLICE_S, 0.0131, 0.7])
def test_the_rate_is_even_over_any_steps(step_s: float) -> None:
    sent = 0
    for number in range(1, 100):
        sent += events_due(sent, RATE, number * step_s, 10**9)
        assert sent == int(number * step_s * RATE)


def test_never_more_than_the_goal() -> None:
    assert events_due(990, RATE, 60.0, 1_000) == 10
    assert events_due(1_000, RATE, 61.0, 1_000) == 0
