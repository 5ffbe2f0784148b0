"""Medians and percentiles, and how they are printed."""

import pytest

from benchmarks.figures import median, percentile, shown, table

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("share", "expected"), [(0.05, 1), (0.5, 10), (0.95, 19), (0.99, 20), (1.0, 20)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    assert percentile(list(range(20, 0, -1)), share) == expected


def test_of_one_value_every_percentile_is_it() -> None:
    assert [percentile([7.0], share) for share in (0.01, 0.5, 1.0)] == [7.0] * 3


def test_the_median_of_none_is_none() -> None:
    assert (median([]), median([3, 1, 2]), median([1, 2])) == (None, 2, 1.5)


def test_figures_are_printed_with_thousands() -> None:
    assert (shown(None), shown(1234.567), shown(1234.567, 0)) == ("-", "1,234.57", "1,235")


def test_a_table_is_markdown() -> None:
    assert table(("a", "b"), [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
