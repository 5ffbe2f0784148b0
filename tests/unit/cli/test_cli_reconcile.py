"""Which hours `clickledger reconcile` asks for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
import typer

from batch.due import EVER, HOUR
from batch.reconcile.runs import Ask
from cli.batch import _ask
from lifecycle.operations import operator

pytestmark = pytest.mark.unit

NOON = datetime(2026, 1, 15, 12)  # noqa: DTZ001 - naive UTC, as the tables have it
NOTHING: dict[str, Any] = {"hour": None, "day": None, "begin": None, "end": None, "by": None}


def asked(**words: Any) -> Ask:
    return _ask(**(NOTHING | words), reason="a test")


def test_nothing_named_is_all_that_is_due() -> None:
    ask = asked()
    assert (ask.start, ask.end) == EVER
    assert (ask.is_range, ask.by, ask.dry_run, ask.approved) == (False, operator(), False, False)


def test_an_hour_and_a_range() -> None:
    ask = asked(hour=NOON, by="somebody", dry_run=True, approved=True)
    assert ask == Ask("somebody", "a test", NOON, NOON + HOUR, dry_run=True, approved=True)
    assert ask.is_range
    both = asked(begin=NOON, end=NOON + 3 * HOUR)
    assert (both.start, both.end) == (NOON, NOON + 3 * HOUR)
    assert (asked(begin=NOON).start, asked(begin=NOON).end) == (NOON, EVER[1])
    assert (asked(end=NOON).start, asked(end=NOON).end) == (EVER[0], NOON)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Asia/Kolkata", date(2026, 1, 15), datetime(2026, 1, 14, 18), 25),  # noqa: DTZ001
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 24, 22), 25),  # noqa: DTZ001
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 28, 23), 23),  # noqa: DTZ001
        ("UTC", date(2026, 1, 15), datetime(2026, 1, 15), 24),  # noqa: DTZ001
    ],
)
def test_a_day_is_all_hours_that_it_touches(
    monkeypatch: pytest.MonkeyPatch, zone: str, day: date, start: datetime, hours: int
) -> None:
    """Kolkata's begins and ends in the middle of one; Berlin's have 25 and 23 in the year."""
    monkeypatch.setenv("CLICKLEDGER_REPORT_TIME_ZONE", zone)
    ask = asked(day=day)
    assert (ask.start, ask.end - ask.start) == (start, timedelta(hours=hours))


@pytest.mark.parametrize(
    "words",
    list(combinations([("hour", NOON), ("day", NOON.date()), ("begin", NOON)], 2)),
    ids=lambda words: " and ".join(name for name, _ in words),
)
def test_one_way_to_name_them(words: tuple[tuple[str, Any], ...]) -> None:
    with pytest.raises(typer.BadParameter, match="Name one hour, one day, or a range"):
        asked(**dict(words))
