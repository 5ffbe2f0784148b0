"""The hours of a day on the clock, also on days that are not 24 hours long."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from clickledger.report_calendar import report_day
from reports.day import Day, clock_hours

pytestmark = pytest.mark.unit


def day_of(zone: str, day: date) -> Day:
    found = report_day(zone, day)
    return Day(day, zone, found.starts_at, found.ends_at, "final", "batch", 24, 24, 1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("UTC", date(2026, 1, 15), 24),
        ("Asia/Kolkata", date(2026, 1, 15), 24),
        ("Asia/Kathmandu", date(2026, 1, 15), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24),  # put back by half an hour: one is longer
    ],
)
def test_they_tile_the_day(zone: str, day: date, hours: int) -> None:
    asked = day_of(zone, day)
    found = list(clock_hours(asked))
    assert len(found) == hours
    assert found[0].starts_at == asked.starts_at
    assert found[-1].ends_at == asked.ends_at
    assert all(one.ends_at == two.starts_at for one, two in pairwise(found))
    assert all(each.ends_at - each.starts_at <= timedelta(minutes=90) for each in found)
    assert len({each.local for each in found}) == hours


def test_the_night_that_has_an_hour_twice_names_both() -> None:
    named = [each.local for each in clock_hours(day_of("Europe/Berlin", date(2026, 10, 25)))]
    assert named[2:4] == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]


def test_which_days_need_minute_rows() -> None:
    assert day_of("Asia/Kolkata", date(2026, 1, 15)).cuts_hours
    assert not day_of("Europe/Berlin", date(2026, 3, 29)).cuts_hours
