"""A judgement of a day: what each expectation came to, and where that is written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.quality.checkpoint import Outcome
from batch.quality.expectations import Expectation, Severity
from batch.quality.facts import DayFacts
from clickledger.day_quality import DayVerdict
from clickledger.mysql.connection import transaction
from clickledger.mysql.statements import statement

PASSED, FAILED = "passed", "failed"
MOST_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of ``quality_results``."""

    expectation: str
    severity: Severity
    verdict: str
    rows_checked: int
    rows_unexpected: int
    expected: str
    observed: str

    def as_dict(self) -> dict[str, Any]:
        """As it is written and shown."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one build of a day."""

    day: date
    verdict: DayVerdict
    findings: Sequence[Finding]
    pages: Path


def findings_of(
    expectations: Iterable[Expectation], outcomes: Mapping[str, Outcome]
) -> list[Finding]:
    """What each came to, those that were skipped included."""
    return [_finding(each, outcomes.get(each.name)) for each in expectations]


def _finding(each: Expectation, outcome: Outcome | None) -> Finding:
    if outcome is None:
        skipped = each.skipped.value if each.skipped else ""
        return Finding(each.name, each.severity, skipped, 0, 0, each.expected, "")
    return Finding(
        each.name,
        each.severity,
        PASSED if outcome.met else FAILED,
        outcome.rows,
        outcome.unexpected,
        each.expected,
        "; ".join(outcome.named)[:MOST_CHARACTERS],
    )


def verdict_of(findings: Iterable[Finding]) -> DayVerdict:
    """The worst of them."""
    failed = {found.severity for found in findings if found.verdict == FAILED}
    if Severity.CRITICAL in failed:
        return DayVerdict.FAILED
    return DayVerdict.WARNED if failed else DayVerdict.PASSED


def keep(
    connection: Connection[Cursor],
    facts: DayFacts,
    judgement: Judgement,
    asked_by: str,
    release_name: str,
) -> None:
    """Write a judgement down, in one transaction."""
    row = {
        "time_zone": facts.day.time_zone,
        "day": facts.day.day,
        "day_run": facts.run,
        "hours_version": facts.hours_version,
        "verdict": judgement.verdict.value,
        "asked_by": asked_by,
        "release_name": release_name,
    }
    with transaction(connection), connection.cursor() as cursor:
        cursor.execute(statement("quality/add_judgement"), row)
        number = cursor.lastrowid
        rows = [found.as_dict() | {"judgement": number} for found in judgement.findings]
        cursor.executemany(statement("quality/add_result"), rows)
