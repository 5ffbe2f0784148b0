"""A day's facts as frames, and what is expected of them: no database, no Great Expectations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from batch.quality.expectations import Skipped, expectations_of
from batch.quality.facts import SUMS, DayFacts, LikeDay, Rows
from batch.quality.frames import day_sums, hour_sums, hours, the_day
from clickledger.report_calendar import report_day
from clickledger.settings import load_settings

pytestmark = pytest.mark.unit

KOLKATA = report_day("Asia/Kolkata", date(2026, 1, 15))  # from 18:30 UTC
FIRST, NEXT = KOLKATA.first_hour, KOLKATA.first_whole_hour
ALL_HOURS = [FIRST + timedelta(hours=n) for n in range(25)]


NOTHING: dict[str, Rows] = dict.fromkeys(SUMS, ())


def sums(hour: datetime, clicks: int, events: int, **more: int) -> dict[str, Any]:
    """A row of an hour and one type."""
    return {"hour": hour, "device_type": "tv", "clicks": clicks, "events": events, "devices": 1,
            "day_clicks": clicks, "day_events": events} | more  # fmt: skip


def facts(**changes: Any) -> DayFacts:
    """Nothing but 25 reconciled hours."""
    plain = DayFacts(
        day=KOLKATA,
        run="r",
        hours_version=25,
        built={"clicks": 0, "events": 0, "devices": 0},
        states=dict.fromkeys(ALL_HOURS, "reconciled"),
        sums=NOTHING,
        repeated_keys=dict.fromkeys(SUMS, 0),
        top_device=None,
        like_days=(),
        reject_share=None,
        known_types=frozenset(),
        first_arrival=FIRST,
        newest_minute=None,
        seen_at=KOLKATA.ends_at,
    )
    return replace(plain, **changes)


def skipped(found: DayFacts) -> dict[str, Skipped]:
    settings = load_settings(home="nowhere")
    return {each.name: each.skipped for each in expectations_of(found, settings) if each.skipped}


def test_a_day_that_cuts_hours_has_a_part_in_25() -> None:
    assert facts().hours == ALL_HOURS
    assert [row["standing"] for row in hours(facts())] == ["reconciled"] * 25


def test_an_hour_without_a_row_is_all_right_only_before_the_first_record() -> None:
    empty = facts(states={}, first_arrival=NEXT + timedelta(minutes=5))
    standing = [row["standing"] for row in hours(empty)]
    assert standing == ["before the first record", *["no state"] * 24]
    counted = replace(empty, sums=NOTHING | {"clicks_by_hour": [sums(FIRST, 1, 1)]})
    assert next(hours(counted))["standing"] == "no state"


def test_a_cut_hour_gives_the_day_the_part_that_is_its_own() -> None:
    of_minutes = [sums(FIRST, 7, 5, day_clicks=3, day_events=2), sums(NEXT, 4, 4)]
    of_hours = [sums(FIRST, 7, 5), sums(NEXT, 4, 4)]
    of_day = [{"device_type": "tv", "clicks": 7, "events": 6, "devices": 1}]
    found = facts(
        built={"clicks": 7, "events": 6, "devices": 1},
        sums={
            "clicks_by_minute": of_minutes,
            "type_clicks_by_minute": of_minutes,
            "clicks_by_hour": of_hours,
            "type_clicks_by_hour": of_hours,
            "clicks_by_day": of_day,
            "type_clicks_by_day": of_day,
        },
    )
    for rows in (list(hour_sums(found)), list(day_sums(found))):
        assert rows
        assert [row for row in rows if row["parts"] != row["total"]] == []


def test_a_side_that_lacks_a_row_counts_as_nothing() -> None:
    found = facts(sums=NOTHING | {"clicks_by_hour": [sums(NEXT, 4, 4)]})
    named = {row["what"]: (row["parts"], row["total"]) for row in hour_sums(found)}
    assert named[f"{NEXT} tv clicks: minutes = hours"] == (0, 4)


def test_minutes_of_a_sealed_hour_are_gone_and_not_compared() -> None:
    states = dict.fromkeys(ALL_HOURS, "sealed")
    kept = NOTHING | {"clicks_by_hour": [sums(NEXT, 4, 4)]}
    found = facts(states=states, sums=kept)
    assert {row["what"].partition(": ")[2] for row in hour_sums(found)} == {"hours = their types"}
    assert "hours = day" not in {row["what"].partition(": ")[2] for row in day_sums(found)}


def test_what_cannot_be_told_is_skipped_and_says_why() -> None:
    assert skipped(facts()) == {
        "volume_in_band": Skipped.NO_HISTORY,
        "reject_share_in_band": Skipped.NOT_APPLICABLE,
        "no_new_device_types": Skipped.NO_HISTORY,
        "no_dominant_device": Skipped.NOT_APPLICABLE,
    }
    likes = [LikeDay(date(2026, 1, 1), 100, 0.5 if n else None) for n in range(7)]
    known = facts(
        like_days=likes,
        reject_share=0.5,
        known_types=frozenset({"tv"}),
        built={"clicks": 1, "events": 1, "devices": 1},
        seen_at=KOLKATA.ends_at + timedelta(days=1),
    )
    assert skipped(known) == {
        "reject_share_in_band": Skipped.NO_HISTORY,
        "fresh": Skipped.NOT_APPLICABLE,
    }


def test_the_share_and_the_age_are_of_the_day() -> None:
    top = {"device_type": "tv", "device_id": "a", "clicks": 30}
    found = facts(
        top_device=top,
        built={"clicks": 40, "events": 9, "devices": 2},
        newest_minute=KOLKATA.ends_at - timedelta(minutes=3),
    )
    assert the_day(found) == {
        "what": "2026-01-15, most clicks: tv a",
        "events": 9,
        "reject_share": None,
        "top_device_share": 0.75,
        "newest_minute_age_s": 180,
    }
