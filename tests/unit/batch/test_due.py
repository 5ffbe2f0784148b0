"""Which hours are asked for, and when one is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from batch import due
from batch.due import HOUR, due_hours
from batch.reconcile.runs import Ask
from batch.restate.runs import RestateAsk
from clickledger.errors import UsageError
from clickledger.report_calendar import report_day

pytestmark = pytest.mark.unit

NOON = datetime(2026, 1, 15, 12)  # noqa: DTZ001 - naive UTC, as the tables have it
HALF = timedelta(minutes=30)


@pytest.mark.parametrize("ask", [Ask, RestateAsk])
@pytest.mark.parametrize(
    ("start", "end"),
    [(NOON + HALF, NOON + HALF + HOUR), (NOON, NOON + HALF), (NOON, NOON), (NOON + HOUR, NOON)],
)
def test_no_whole_hours_are_refused(
    ask: Callable[..., Any], start: datetime, end: datetime
) -> None:
    with pytest.raises(UsageError, match="no range of whole hours"):
        ask(start=start, end=end, by="tests", reason="a test")


def test_a_day_that_cuts_hours_asks_for_all_of_them() -> None:
    day = report_day("Asia/Kolkata", NOON.date())
    assert (day.first_hour, day.hours_end) == (NOON - 18 * HOUR, NOON + 7 * HOUR)
    assert report_day("UTC", NOON.date()).hours_end == NOON + 12 * HOUR


class Log:
    """A log that ends at 5 and has no record of late; looking at it takes a second."""

    def __init__(self, clock: list[datetime]) -> None:
        self._clock = clock

    def stable_ends(self, partitions: Any) -> dict[int, int]:
        """Seen now; what comes after may still be of before ``moment``."""
        self._clock[0] += timedelta(seconds=1)
        return dict.fromkeys(partitions, 5)

    def first_offsets_from(self, partitions: Any, _: int) -> dict[int, None]:
        """There is none."""
        return dict.fromkeys(partitions)


@pytest.mark.parametrize(("early_ms", "expected"), [(0, {NOON: {0: 5}}), (500, {})])
def test_the_end_counts_that_was_seen_after_the_moment(
    monkeypatch: pytest.MonkeyPatch, early_ms: int, expected: dict[datetime, Any]
) -> None:
    settings: Any = SimpleNamespace(topic="t", settle=timedelta(0))
    clock = [NOON + HOUR - timedelta(milliseconds=early_ms)]
    monkeypatch.setattr(due, "utc_now", lambda: clock[0])
    monkeypatch.setattr(due, "read_positions", lambda *_: {})
    monkeypatch.setattr(due, "next_offsets", lambda _: {0: 5})
    log: Any = Log(clock)
    nothing: Any = None
    assert due_hours(nothing, log, settings, [NOON]) == expected
