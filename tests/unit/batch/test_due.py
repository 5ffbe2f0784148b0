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
    """A log that ends at 5; looking at it takes a second.

    ``first`` is the first record that arrived late, by the clock that ``log_append_time`` tells of.
    """

    def __init__(
        self, clock: list[datetime], first: int | None = None, *, log_append_time: bool = True
    ) -> None:
        self._clock = clock
        self._first = first
        self._log_append_time = log_append_time

    def describe(self) -> SimpleNamespace:
        """Whose clock it is."""
        return SimpleNamespace(log_append_time=self._log_append_time)

    def stable_ends(self, partitions: Any) -> dict[int, int]:
        """Seen now; what comes after may still be of before ``moment``."""
        self._clock[0] += timedelta(seconds=1)
        return dict.fromkeys(partitions, 5)

    def first_offsets_from(self, partitions: Any, _: int) -> dict[int, int | None]:
        """The same in all."""
        return dict.fromkeys(partitions, self._first)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Noon's hour has just ended."""
    now = [NOON + HOUR]
    monkeypatch.setattr(due, "utc_now", lambda: now[0])
    monkeypatch.setattr(due, "CATCH_UP_S", 0)
    return now


@pytest.fixture
def due_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[datetime, Any]]:
    """Which of two hours are due for a ledger that stands at ``applied``, look by look."""

    def asked(log: Log, *applied: int) -> dict[datetime, Any]:
        settings: Any = SimpleNamespace(topic="t", settle=timedelta(0))
        nothing: Any = None
        looks = iter(applied)
        monkeypatch.setattr(due, "read_positions", lambda *_: {})
        monkeypatch.setattr(due, "next_offsets", lambda _: {0: next(looks)})
        kafka: Any = log
        return due_hours(nothing, kafka, settings, [NOON - HOUR, NOON])

    return asked


@pytest.mark.parametrize(("early_ms", "expected"), [(0, [NOON - HOUR, NOON]), (500, [NOON - HOUR])])
def test_the_end_counts_that_was_seen_after_the_moment(
    clock: list[datetime],
    due_at: Callable[..., dict[datetime, Any]],
    early_ms: int,
    expected: list[datetime],
) -> None:
    clock[0] -= timedelta(milliseconds=early_ms)
    assert due_at(Log(clock), 5) == {hour: {0: 5} for hour in expected}


def test_what_arrived_late_is_known_by_the_brokers_clock_only(
    clock: list[datetime], due_at: Callable[..., dict[datetime, Any]]
) -> None:
    """A client's may be a day ahead: its record says nothing of those behind it."""
    assert due_at(Log(clock, 2), 3) == {NOON - HOUR: {0: 2}, NOON: {0: 2}}
    assert due_at(Log(clock, 4), 3) == {}
    by_clients = Log(clock, 2, log_append_time=False)
    assert due_at(by_clients, 3, 4) == {}
    assert due_at(by_clients, 3, 5) == {NOON - HOUR: {0: 5}, NOON: {0: 5}}
