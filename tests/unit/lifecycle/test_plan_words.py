"""A plan and a release, as a person reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from cli.release import _in_words
from lifecycle.plan import MadeBy, Plan
from lifecycle.releases import Release

pytestmark = pytest.mark.unit
NOW = MadeBy("a" * 64, 3, {"contract": 1, "max_click": 9})
PLAN = Plan("deploy", "r1", "r2", None, None, (), (), made_by_now=NOW, made_by_next=NOW)
RELEASE = Release(
    release_name="1.0-3f1c2aa7",
    folder="/r/1.0-3f1c2aa7",
    python="/e/bin/python",
    code_fingerprint="c" * 64,
    content_fingerprint="d" * 64,
    spark_version="4.2.0",
    contract_version=1,
    schema_min=60,
    schema_max=None,
    created_at=datetime(2026, 1, 1, 10),  # noqa: DTZ001 - naive UTC, as the tables have it
    created_by="ann@here",
    first_deployed_at=datetime(2026, 1, 1, 11),  # noqa: DTZ001
    last_deployed_at=None,
    verdict="new",
    verdict_reason=None,
)


@pytest.mark.parametrize(
    ("made_by", "said"),
    [
        (NOW, f"code {'a' * 64}, rules version 3 (contract 1, max_click 9)"),
        (replace(NOW, rules_version=None), "rules a new version (contract 1, max_click 9)"),
        (MadeBy(None, None, None), "code unknown, rules unknown"),  # nothing was counted yet
    ],
)
def test_a_plan_says_what_figures_are_made_by_now_and_next(made_by: MadeBy, said: str) -> None:
    lines = replace(PLAN, made_by_next=made_by).in_words()
    at = lines.index(f"figures are made by now: {NOW.in_words()}")
    assert lines[at + 1].startswith("and next: ")
    assert lines[at + 1].endswith(said)


def test_a_program_reads_it_too() -> None:
    found = PLAN.as_dict()
    assert found["made_by_now"] == found["made_by_next"] == vars(NOW)


def test_a_release_in_words() -> None:
    assert _in_words(RELEASE) == [
        "1.0-3f1c2aa7: made 2026-01-01T10:00:00Z by ann@here",
        "found new",
        "deployed first 2026-01-01T11:00:00Z",
        "deployed last -",
        "judges by contract 1, counts with Spark 4.2.0",
        "runs on a database that has had migration 60 or a later one",
        f"code {'c' * 64}",
        f"program and packages {'d' * 64}",
        "runs in /r/1.0-3f1c2aa7 with /e/bin/python",
    ]
    judged = replace(RELEASE, schema_max=70, verdict="bad", verdict_reason="it crashed")
    assert "found bad: it crashed" in _in_words(judged)
    assert "runs on a database that has had migration 60 to 70" in _in_words(judged)
