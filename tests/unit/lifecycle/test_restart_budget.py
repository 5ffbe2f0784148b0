"""What watching may still spend on a trouble, and how long it waits before it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from lifecycle.health import Health, Observed, Verdict
from lifecycle.incidents import BUDGET, Spent, restarts_left, spent_on
from lifecycle.watch import _still_to_wait, _why_not
from tests.unit.lifecycle.test_health import ROW, WRITER

pytestmark = pytest.mark.unit
NOON = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - naive UTC, as the tables have it


def ago(minutes: float | None) -> datetime | None:
    return None if minutes is None else NOON - timedelta(minutes=minutes)


def incident(
    verdict: str, opened: float, ended: float | None, restarts: int, last: float | None = None
) -> dict[str, Any]:
    """A row; times in minutes before noon."""
    return {
        "verdict": verdict,
        "opened_at": ago(opened),
        "ended_at": ago(ended),
        "restarts": restarts,
        "last_restart_at": ago(last),
    }


@pytest.mark.parametrize(
    ("rows", "restarts", "last"),
    [
        ([], 0, None),
        ([incident("stuck", 5, None, 2, 1)], 2, 1),
        ([incident("stuck", 5, None, 0), incident("stuck", 15, 14, 2, 14)], 2, 14),
        # Ten minutes without one of its kind: what was before is forgotten, and not sooner.
        ([incident("stuck", 30, 9.9, 3, 20)], 3, 20),
        ([incident("stuck", 30, 10, 3, 20)], 0, None),
        ([incident("stuck", 3, None, 1, 2), incident("stuck", 30, 13, 3, 20)], 1, 2),
        ([incident("stuck", 3, None, 1, 2), incident("stuck", 30, 12.9, 3, 20)], 4, 2),
        # Another trouble that stands for days neither adds to it nor keeps it from being over.
        ([incident("unarchived", 9, None, 0), incident("stuck", 30, 9, 3, 20)], 3, 20),
        ([incident("unarchived", 900, None, 0), incident("stuck", 1_000, 900, 3, 950)], 0, None),
        ([incident("down", 5, None, 5, 1), incident("stuck", 9, 5, 1, 8)], 1, 8),
    ],
)
def test_what_is_spent_on_a_trouble(
    rows: list[dict[str, Any]], restarts: int, last: float | None
) -> None:
    assert spent_on(Verdict.STUCK, rows, NOON) == Spent(restarts, ago(last))


def test_what_is_left() -> None:
    used = dict.fromkeys(BUDGET, Spent()) | {Verdict.STUCK: Spent(2), Verdict.DOWN: Spent(9)}
    assert restarts_left(Verdict.STUCK, used) == 1
    assert restarts_left(Verdict.DOWN, used) == 0
    assert restarts_left(Verdict.FENCED, used) == 3
    assert restarts_left(Verdict.HEALTHY, used) == 0
    assert restarts_left(Verdict.HEALTHY, dict.fromkeys(BUDGET, Spent())) == 3


@pytest.mark.parametrize(
    ("used", "wait_s"),
    [
        (Spent(), 0),
        (Spent(1, ago(0)), 30),
        (Spent(2, ago(0)), 60),
        (Spent(4, ago(1)), 180),
        (Spent(1, ago(1)), -30),
    ],
)
def test_the_pause_doubles(used: Spent, wait_s: float) -> None:
    assert _still_to_wait(used, NOON) == wait_s


@pytest.mark.parametrize(
    ("verdict", "alive", "left", "wait_s", "why"),
    [
        (Verdict.HEALTHY, True, 3, 0, "nothing"),
        (Verdict.HALTED, False, 3, 0, "nothing"),
        (Verdict.UNARCHIVED, True, 3, 0, "nothing"),
        (Verdict.STUCK, True, 1, -5, ""),
        (Verdict.STUCK, True, 1, 12, "nothing yet: 12 s to wait"),
        (Verdict.STUCK, True, 0, 12, "nothing: the budget of restarts is spent"),
        (Verdict.DOWN, False, 1, 0, ""),
        (Verdict.DOWN, None, 1, 0, ""),  # nobody knows: there is no supervisor to ask
        (Verdict.DOWN, True, 1, 0, "nothing: the supervisor starts it again"),
    ],
)
def test_why_nothing_is_done(
    verdict: Verdict, alive: bool | None, left: int, wait_s: float, why: str
) -> None:
    seen = Observed(ROW, WRITER, alive)
    assert _why_not(seen, Health(verdict, "so"), left, wait_s) == why
