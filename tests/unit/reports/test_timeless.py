"""What the clock decided of a day's quality is no part of its bundle."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clickledger.day_quality import DayQuality, DayVerdict
from reports.origins import timeless
from reports.summaries import judged

pytestmark = pytest.mark.unit


def result(expectation: str, verdict: str) -> dict[str, Any]:
    return {"expectation": expectation, "verdict": verdict, "observed": "7", "severity": "warning"}


STALE, NEW_TYPE = result("fresh", "failed"), result("no_new_device_types", "failed")
FRESH = result("fresh", "passed")


@pytest.mark.parametrize(
    ("verdict", "results", "said"),
    [
        (DayVerdict.WARNED, (STALE,), "every expectation is met"),
        (DayVerdict.PASSED, (FRESH,), "every expectation is met"),
        (DayVerdict.WARNED, (NEW_TYPE, STALE), "warned: no_new_device_types: 7"),
        (DayVerdict.WARNED, (NEW_TYPE, FRESH), "warned: no_new_device_types: 7"),
        (DayVerdict.FAILED, (STALE,), "a critical expectation failed"),
        (DayVerdict.NONE, (), "not judged"),
    ],
)
def test_only_the_clock_is_left_out(
    verdict: DayVerdict, results: tuple[dict[str, Any], ...], said: str
) -> None:
    assert judged(timeless(DayQuality(date(2026, 1, 15), verdict, results=results))) == said
