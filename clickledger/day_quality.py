"""Whether a day may be published: what the newest judgement of its standing build says.

A day that was reopened, corrected or built again since it was judged counts as not judged: a
judgement is of one build, named by its run and the versions of its hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement


class DayVerdict(StrEnum):
    """What a day's quality was judged to be."""

    PASSED = "passed"
    WARNED = "warned"  # something is unusual: publish it and say so
    FAILED = "failed"  # a critical expectation: not to be published
    NONE = "none"  # nothing stands that has been judged


@dataclass(frozen=True, slots=True)
class DayQuality:
    """The verdict on one day of the report time zone; rows of ``quality_results``, if any."""

    day: date
    verdict: DayVerdict
    state: str | None = None  # of the view days; None: no such day
    judged_at: datetime | None = None
    held_hours: int = 0
    results: tuple[dict[str, Any], ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """Critical expectations that failed."""
        return self._unmet("critical")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Other expectations that failed."""
        return self._unmet("warning")

    @property
    def unmet(self) -> list[dict[str, Any]]:
        """Rows of ``results`` that were not as expected."""
        return [row for row in self.results if row["verdict"] == "failed"]

    def _unmet(self, severity: str) -> tuple[str, ...]:
        return tuple(row["expectation"] for row in self.unmet if row["severity"] == severity)


def day_quality(connection: Connection[Cursor], day: date) -> DayQuality:
    """The verdict on ``day``. Any role's connection; inside a snapshot it is that moment's."""
    found = fetch_one(connection, statement("queries/day_quality"), (day,))
    if found is None:
        return DayQuality(day, DayVerdict.NONE)
    standing = {"state": found["state"], "held_hours": found["held_hours"]}
    if found["id"] is None:
        return DayQuality(day, DayVerdict.NONE, **standing)
    results = fetch_all(connection, statement("queries/quality_results"), (found["id"],))
    verdict = DayVerdict(found["verdict"])
    return DayQuality(
        day, verdict, judged_at=found["judged_at"], results=tuple(results), **standing
    )
