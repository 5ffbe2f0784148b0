"""Stages, totals, and the verdict on each goal."""

import pytest

from benchmarks.restart_result import RestartResult, page, stages, totals

pytestmark = pytest.mark.unit


def test_a_stage_is_named_after_its_end() -> None:
    moments = {"asked": 1_000.0, "Spark is up": 4_000.0, "warm": None, "first commit": 4_250.5}
    assert stages(moments) == {"Spark is up": 3_000.0, "first commit": 250.5}


def test_what_is_not_known_is_left_out() -> None:
    assert totals(gap=None, committing=12.34) == {"to first commit": 12.3}


def killed(*committing_ms: float) -> list[RestartResult]:
    return [
        RestartResult("killed", number, {"Spark is up": each / 2}, totals(committing=each))
        for number, each in enumerate(committing_ms, start=1)
    ]


def test_the_page_says_whether_a_goal_is_reached() -> None:
    rows = page(killed(9_000, 8_000, 10_000)).splitlines()
    assert "| **to first commit** | 9.00 | 10.00 | 10.00 | 15 | yes |" in rows
    assert "| → Spark is up | 4.50 | 5.00 | 5.00 |  |  |" in rows
    assert "Every run: 9.00, 8.00, 10.00" in rows


def test_one_late_run_of_twenty_is_below_the_percentile_two_are_not() -> None:
    one = page(killed(*[9_000] * 19, 16_000))
    two = page(killed(*[9_000] * 18, 16_000, 16_000))
    assert "| 9.00 | 9.00 | 16.00 | 15 | yes |" in one
    assert "| 9.00 | 16.00 | 16.00 | 15 | NO |" in two
