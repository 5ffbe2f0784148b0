"""Pages about the batch layer: what a reader compares stands in one row."""

from __future__ import annotations

import pytest

from benchmarks import reconcile_day, recount
from benchmarks.day_maker import DayMaker
from benchmarks.reconcile_day import ReconcileResult
from benchmarks.recount import RecountResult

pytestmark = pytest.mark.unit


def counted(by: str, number: int, time: int, wall_s: float) -> RecountResult:
    """One count of a million events."""
    return RecountResult(by, number, time, 1_000_000, 1_234, wall_s, 2 * wall_s, 3.5, 900.0)


def test_cold_and_warm_are_told_apart() -> None:
    results = [counted("spark", 1, 1, 9.0), counted("spark", 1, 2, 4.0), counted("duckdb", 1, 1, 1)]
    results += [
        counted("spark", 2, 1, 7.0),
        counted("spark", 2, 2, 5.0),
        counted("duckdb", 2, 1, 3),
    ]
    text = recount.page(results)
    assert "1,234 minute rows" in text
    assert "| spark, cold | 8.00 | 16.00 | 16.00 | 3.50 | 900 |" in text
    assert "| spark, time 2 | 4.50 | 9.00 | 9.00 | 3.50 | 900 |" in text
    assert "| duckdb, cold | 2.00 | 4.00 | 4.00 | - | 900 |" in text


def test_a_reconciled_day_stands_beside_its_goal() -> None:
    ages = {"p50": 200.0, "p99": 400.0}
    result = ReconcileResult(
        *(1, 5_000_000, 1_000, 2_000, 24, 1_000_000),
        *(60.25, 4.0, 100.0, 1_500.0, ages, {"p50": 300.0, "p99": 900.0}),
    )
    text = reconcile_day.page([result])
    assert "Goal: 90 s, 3,072 MiB; median 60.2 s" in text
    row = "| 1 | 24 | 1,000,000 | 60.2 | 4.0 | 100.0 | 1,500 | 200 | 400 | 300 | 900 |"
    assert row in text


def test_a_day_is_always_the_same() -> None:
    one, two = (list(DayMaker(2_000, 50, seed=3).values()) for _ in range(2))
    assert one == two
    assert sum(map(len, one)) == DayMaker(2_000, 50, seed=3).records
