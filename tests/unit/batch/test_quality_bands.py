"""The band of like days: where it lies, and that odd days in the history do not move it far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.quality.bands import LIKE_DAYS, Band, band

pytestmark = pytest.mark.unit

ALIKE = [100.0, 101, 99, 100, 102, 98, 100]


def test_no_band_before_there_are_seven_like_days() -> None:
    assert band(ALIKE[:-1]) is None
    assert band([]) is None


def test_a_band_is_at_least_a_fifth_of_the_median_to_each_side() -> None:
    assert band(ALIKE) == Band(80, 120)
    assert band([100.0] * LIKE_DAYS) == Band(80, 120)


def test_days_that_scatter_make_a_wider_band() -> None:
    assert band([70.0, 80, 90, 100, 110, 120, 130]) == Band(0, 200)


def test_small_shares_have_a_least_width_and_no_side_below_nothing() -> None:
    found = band([0.001] * LIKE_DAYS, 0.005)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([0, 0.006])


@given(st.lists(st.floats(0, 1e12), min_size=3, max_size=3), st.permutations(range(LIKE_DAYS)))
def test_three_odd_days_do_not_move_it_beyond_the_others(
    odd: list[float], places: list[int]
) -> None:
    """Of four like days of 100 at least one is on each side of the median."""
    history = [100.0, 100, 100, 100, *odd]
    assert band([history[place] for place in places]) == Band(80, 120)
