"""What a run found, hour by hour, and where it is written down."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.due import Settled
from batch.recount.compare import Comparison, compare
from batch.recount.counting import Counts
from batch.recount.measures import Measures
from batch.recount.minutes import totals
from batch.recount.snapshot import Snapshot
from batch.run import Run
from clickledger.mysql.connection import transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement


class Verdict(StrEnum):
    """How an hour's reconciliation ended."""

    IDENTICAL = "identical"
    CORRECTED = "corrected"
    RESTATED = "restated"
    DIFFERS = "differs"  # not corrected: dry run, needs approval, or a cause that waits
    COUNTS_DISAGREE = "counts_disagree"  # Spark's recount and DuckDB's differ: a fault of ours
    ARCHIVE_INCOMPLETE = "archive_incomplete"
    RECORDS_LOST = "records_lost"  # its raw records are, and a person has accepted that
    MOVED = "moved"  # as it should be at the cut, but events kept arriving: left provisional
    OVERTAKEN = "overtaken"  # by a newer run
    BREAKS_CHECK = "breaks_check"  # its tables contradict each other: held (checks.py)

    @property
    def is_reconciled(self) -> bool:
        """Whether the hour is as it should be now."""
        return self in (Verdict.IDENTICAL, Verdict.CORRECTED, Verdict.RESTATED)

    @property
    def is_for_a_person(self) -> bool:
        """Whether it waits for somebody; else it is right, somebody has looked, or a run will."""
        nothing_to_do = (Verdict.RECORDS_LOST, Verdict.MOVED, Verdict.OVERTAKEN)
        return not self.is_reconciled and self not in nothing_to_do


@dataclass(frozen=True, slots=True)
class HourResult:
    """One row of ``reconcile_results``; sums are (clicks, events)."""

    hour: datetime
    verdict: Verdict
    cause: Cause | None = None
    cut: Mapping[int, int] = field(default_factory=dict)
    settled: Mapping[int, int] = field(default_factory=dict)
    segments: int = 0
    comparison: Comparison = field(default_factory=lambda: Comparison(0, 0, 0, 0, ()))
    stream: tuple[int, int] = (0, 0)
    recount: tuple[int, int] = (0, 0)
    audit: tuple[int, int] = (0, 0)
    releases: Sequence[str] = ()
    detail: str = ""
    measures: Measures = field(default_factory=Measures)  # of the chunk of hours

    def as_dict(self) -> dict[str, Any]:
        """As it is shown and written."""
        compared = self.comparison
        return {
            "hour": self.hour,
            "verdict": self.verdict.value,
            "cause": self.cause and self.cause.value,
            "cut": dict(self.cut),
            "settled": dict(self.settled),
            "segments": self.segments,
            "rows_compared": compared.rows,
            "rows_identical": compared.identical,
            "rows_modified": compared.modified,
            "rows_missing": compared.missing,
            "rows_surplus": compared.surplus,
            "stream_clicks": self.stream[0],
            "stream_events": self.stream[1],
            "recount_clicks": self.recount[0],
            "recount_events": self.recount[1],
            "audit_clicks": self.audit[0],
            "audit_events": self.audit[1],
            "releases": list(self.releases),
            "detail": self.detail or None,
        }


def found_in(counts: Counts, again: Counts, snapshot: Snapshot, settled: Settled) -> HourResult:
    """The stream's figures of ``counts`` beside the recount and the audit of ``again``."""
    return HourResult(
        hour=counts.hour,
        verdict=Verdict.IDENTICAL,
        cut=snapshot.cut,
        settled=settled,
        segments=len(counts.sources.segments),
        comparison=compare(counts.stream, again.recount),
        stream=totals(counts.stream),
        recount=totals(again.recount),
        audit=totals(again.audit),
        releases=[name for name, _ in counts.sources.releases],
    )


@tried_again
def keep_results(connection: Connection[Cursor], run: Run, found: Sequence[HourResult]) -> None:
    """Write hours' results down, in one transaction."""
    with transaction(connection), connection.cursor() as cursor:
        cursor.executemany(statement("batch/add_result"), [_row(run, each) for each in found])


def _row(run: Run, found: HourResult) -> dict[str, Any]:
    row = found.as_dict() | {"run": run.run}
    return row | {name: json.dumps(row[name]) for name in ("cut", "settled", "releases")}


def tally(results: Sequence[HourResult]) -> dict[str, int]:
    """How many hours by verdict."""
    return dict(Counter(result.verdict.value for result in results))
