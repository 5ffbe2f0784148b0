"""What is expected of a built day. A critical expectation that fails holds the day from
publication; the others are remarks: the figures are right, the day is unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from batch.quality.bands import Band, band
from batch.quality.facts import DayFacts
from batch.quality.frames import BEFORE_THE_FIRST_RECORD, SEEN_BEFORE
from clickledger.settings import Settings

LEAST_REJECT_SHARE = 0.005  # half a percent more or less is not remarked on
STANDING = ["reconciled", "sealed", BEFORE_THE_FIRST_RECORD]


class Severity(StrEnum):
    """What follows when it fails."""

    CRITICAL = "critical"
    WARNING = "warning"


class Skipped(StrEnum):
    """Why an expectation has nothing to say of a day."""

    NO_HISTORY = "no_history"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation of one frame: ``kind`` is Great Expectations' name, in words ``expected``."""

    name: str
    severity: Severity
    frame: str
    expected: str
    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    skipped: Skipped | None = None


def expectations_of(facts: DayFacts, settings: Settings) -> list[Expectation]:
    """All of them, also those that are skipped."""
    return [*_critical(), *_in_bands(facts), *_warnings(facts, settings)]


def _critical() -> Iterator[Expectation]:
    for name, column, words in (
        ("keys_unique", "repeated_keys", "no key stands twice in a table"),
        ("keys_not_empty", "empty_keys", "no row without device type or id"),
        ("counts_not_negative", "impossible_counts", "no row with clicks < 0 or events < 1"),
    ):
        arguments = {"column": column, "min_value": 0, "max_value": 0}
        yield Expectation(
            name, Severity.CRITICAL, "tables", words, "ExpectColumnValuesToBeBetween", arguments
        )
    yield Expectation(
        "hours_have_a_state",
        Severity.CRITICAL,
        "hours",
        "each hour since the first record is reconciled or sealed, and not held",
        "ExpectColumnValuesToBeInSet",
        {"column": "standing", "value_set": STANDING},
    )
    for name, frame, words in (
        ("minutes_sum_to_hours", "hour_sums", "minute rows, hour rows and their types agree"),
        ("hours_sum_to_days", "day_sums", "hour rows, day rows, their types and the mark agree"),
    ):
        arguments = {"column_A": "parts", "column_B": "total"}
        yield Expectation(
            name, Severity.CRITICAL, frame, words, "ExpectColumnPairValuesToBeEqual", arguments
        )


def _in_bands(facts: DayFacts) -> Iterator[Expectation]:
    events = [like.events for like in facts.like_days]
    shares = [like.reject_share for like in facts.like_days if like.reject_share is not None]
    yield _within("volume_in_band", "events", band(events), "{:,.0f} to {:,.0f} events")
    share_band = band(shares, LEAST_REJECT_SHARE)
    words = "{:.2%} to {:.2%} of the records that arrived are rejected"
    nothing_arrived = facts.reject_share is None
    yield _within("reject_share_in_band", "reject_share", share_band, words, nothing_arrived)


def _within(
    name: str, column: str, usual: Band | None, words: str, not_applicable: bool = False
) -> Expectation:
    low, high = (usual.low, usual.high) if usual else (0, 0)
    expected = words.format(low, high) if usual else "the band of the last seven like days"
    skipped = Skipped.NO_HISTORY if usual is None else None
    arguments = {"column": column, "min_value": low, "max_value": high}
    return Expectation(
        name,
        Severity.WARNING,
        "day",
        expected,
        "ExpectColumnValuesToBeBetween",
        arguments,
        Skipped.NOT_APPLICABLE if not_applicable else skipped,
    )


def _warnings(facts: DayFacts, settings: Settings) -> Iterator[Expectation]:
    yield Expectation(
        "no_new_device_types",
        Severity.WARNING,
        "types",
        "device types that an earlier day has had",
        "ExpectColumnValuesToBeInSet",
        {"column": "seen", "value_set": [SEEN_BEFORE]},
        None if facts.known_types else Skipped.NO_HISTORY,
    )
    limit = settings.device_share_limit
    yield _at_most("no_dominant_device", "top_device_share", limit, f"at most {limit:.0%} of the"
                   " clicks from one device", facts.built["clicks"] > 0)  # fmt: skip
    fresh_s = settings.freshness_limit.total_seconds()
    yield _at_most("fresh", "newest_minute_age_s", fresh_s, "yesterday's judgement finds one of the"
                   f" last {fresh_s / 60:g} minutes",
                   facts.is_yesterday)  # fmt: skip


def _at_most(name: str, column: str, limit: float, words: str, applies: bool) -> Expectation:
    return Expectation(
        name,
        Severity.WARNING,
        "day",
        words,
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": 0, "max_value": limit},
        None if applies else Skipped.NOT_APPLICABLE,
    )
