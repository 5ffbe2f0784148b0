"""Geometry of the pictures."""

from __future__ import annotations

from typing import Any

import pytest

from reports.charts import BOTTOM, HEIGHT, OTHERS, TOP, clicks_by_hour, shares
from reports.page import change, percent

pytestmark = pytest.mark.unit

HOURS = [f"2026-01-15T{n:02}:00:00+05:30" for n in range(24)]


def row(hour: int, kind: str, clicks: int) -> dict[str, Any]:
    return {"local_hour": HOURS[hour], "device_type": kind, "clicks": clicks}


def test_columns_are_as_high_as_their_clicks() -> None:
    chart = clicks_by_hour(HOURS, [row(0, "a", 30), row(0, "b", 10), row(5, "a", 40)], {})
    assert chart.series == ["a", "b"]
    heights = [bar.height for bar in chart.bars]
    assert heights[0] == pytest.approx(3 * heights[1])
    assert heights[0] + heights[1] == pytest.approx(heights[2])
    assert min(bar.y for bar in chart.bars) >= TOP
    assert max(bar.y + bar.height for bar in chart.bars) == pytest.approx(HEIGHT - BOTTOM)
    assert chart.bars[0].words == "00:00  a: 30"


def test_many_types_are_few_colours() -> None:
    rows = [row(n, f"type-{n}", 100 - n) for n in range(12)]
    chart = clicks_by_hour(HOURS, rows, {})
    assert chart.series == [*(f"type-{n}" for n in range(5)), OTHERS]
    assert {bar.series for bar in chart.bars} == set(range(6))


def test_others_are_one_colour_however_many_they_are() -> None:
    rows = [row(3, OTHERS, 9), row(3, "b", 8)]  # a client may call its type so
    chart = clicks_by_hour(HOURS, rows, {HOURS[3]: 1_000, HOURS[4]: 7})
    assert chart.series == [OTHERS, "b", OTHERS]
    found = [(bar.series, bar.words) for bar in chart.bars]
    assert found == [
        (0, "03:00  all others: 9"),
        (1, "03:00  b: 8"),
        (2, "03:00  all others: 1,000"),
        (2, "04:00  all others: 7"),
    ]


def test_a_day_without_clicks_has_a_picture() -> None:
    chart = clicks_by_hour(HOURS, [], {})
    assert (chart.bars, [line.words for line in chart.lines]) == ([], ["0", "1"])


@pytest.mark.parametrize("most", [1, 3, 4, 7, 99, 1_000, 25_000_000, 10**12])
def test_the_highest_line_is_above_the_highest_column(most: int) -> None:
    chart = clicks_by_hour(HOURS, [row(3, "a", most)], {})
    assert 2 <= len(chart.lines) <= 7
    assert chart.lines[-1].at <= chart.bars[0].y + 0.01


def test_shares_add_up() -> None:
    assert shares({"a": 1, "b": 3}) == [("a", 1, 0.25), ("b", 3, 0.75)]
    assert shares({"a": 0}) == [("a", 0, 0.0)]


def test_shares_are_shown_with_as_many_places_as_they_need() -> None:
    assert [percent(share) for share in (None, 0.0, 0.5, 0.005, 0.000012)] == [
        "\u2013", "0.0%", "50.0%", "0.50%", "0.0012%",
    ]  # fmt: skip
    assert change(0.031) == "+3.1%"
