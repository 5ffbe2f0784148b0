"""An audit after a takeover is compared with the one before it, whatever was broken already."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from clickledger.ledger.audit import AuditReport, CheckResult

pytestmark = pytest.mark.unit


def report(**checks: tuple[int, dict[str, Any]]) -> AuditReport:
    """An audit whose checks have so many violations, the first of them this row."""
    found = (
        CheckResult(name, "", count, (row,) if count else (), 0.0)
        for name, (count, row) in checks.items()
    )
    return AuditReport(datetime(2026, 1, 1, tzinfo=UTC), tuple(found))


def test_what_was_broken_before_is_no_news() -> None:
    before = report(a=(3, {}), b=(0, {}))
    assert report(a=(3, {}), b=(0, {})).worse_than(before) == []
    assert report(a=(1, {}), b=(0, {})).worse_than(before) == []


def test_more_rows_are_news_in_a_check_that_was_broken_before() -> None:
    before = report(a=(3, {}), b=(0, {}))
    assert report(a=(4, {}), b=(1, {})).worse_than(before) == ["a", "b"]


def test_sums_that_grow_on_both_sides_are_no_news_and_another_surplus_is() -> None:
    before = report(a=(1, {"minute_clicks": 105, "ledger_clicks": 100, "surplus_clicks": 5}))
    grown = report(a=(1, {"minute_clicks": 205, "ledger_clicks": 200, "surplus_clicks": 5}))
    spoilt = report(a=(1, {"minute_clicks": 206, "ledger_clicks": 200, "surplus_clicks": 6}))
    assert grown.worse_than(before) == []
    assert spoilt.worse_than(before) == ["a"]
    assert report(a=(0, {})).worse_than(spoilt) == []
