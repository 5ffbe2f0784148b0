"""What is done about an hour: correct what may be corrected, mark it, or say why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.correct.corrections import apply_corrections, deltas, rebuild_types
from batch.correct.evidence import Evidence
from batch.correct.holds import hold_unexplained
from batch.correct.ownership import reopen
from batch.reconcile.marking import build_and_mark, mark_silent
from batch.reconcile.results import HourResult, Verdict
from batch.recount.compare import Difference
from batch.recount.measures import Measures
from batch.recount.snapshot import Snapshot
from batch.run import Run
from clickledger.errors import NotReconciledError
from clickledger.settings import Settings

MOST_NAMED = 10  # ranges in a message
# The cause that an hour is named after.
BY_WEIGHT = (Cause.UNKNOWN, Cause.RELEASE, Cause.RULES, *Cause)


class Settler:
    """Acts on the results of one run."""

    def __init__(
        self, connection: Connection[Cursor], run: Run, settings: Settings, *, approved: bool
    ) -> None:
        self._connection = connection
        self._run = run
        self._settings = settings
        self._approved = approved
        self._corrected: dict[datetime, HourResult] = {}

    def mark(self, found: HourResult, version: int) -> HourResult:
        """Build and mark an hour without differences; ``MOVED`` where an event came meanwhile.

        Raises:
            OvertakenError: a newer run owns the hour.
        """
        result = self._corrected.get(found.hour, found)
        if self._run.dry_run:
            return result
        run, hour, cut = self._run.run, found.hour, found.cut
        marked = build_and_mark(self._connection, run, hour, version, cut, found.measures)
        return result if marked else _moved(result)

    def mark_silent(self, found: Sequence[HourResult], snapshot: Snapshot) -> list[HourResult]:
        """Mark hours without any event; those that were measured together, together."""
        if self._run.dry_run:
            return list(found)
        measured: dict[Measures, dict[datetime, int]] = {}
        for result in found:
            measured.setdefault(result.measures, {})[result.hour] = snapshot.versions[result.hour]
        marked: set[datetime] = set()
        for measures, versions in measured.items():
            marked |= mark_silent(self._connection, self._run.run, versions, snapshot.cut, measures)
        results = (self._corrected.get(result.hour, result) for result in found)
        return [result if result.hour in marked else _moved(result) for result in results]

    def correct(self, found: HourResult, evidence: Evidence, version: int) -> HourResult:
        """Correct an hour as far as it may be, and mark it if nothing is left.

        Raises:
            OvertakenError: a newer run owns the hour.
        """
        parts = evidence.by_cause(found.comparison.differences)
        cause = min(parts, key=BY_WEIGHT.index, default=Cause.MANUAL_CHANGE)
        differs = replace(found, verdict=Verdict.DIFFERS, cause=cause)
        if self._run.dry_run:
            return replace(differs, detail="dry run: nothing was changed")
        if cause is Cause.UNKNOWN:
            hold_unexplained(self._connection, self._run.run, found.hour, in_words(evidence))
        if why := self._why_not(found, parts):
            self.reopen(found.hour)
            return replace(differs, detail=why)
        try:
            version += self._apply(found.hour, parts, evidence)
        except NotReconciledError as error:  # a row has changed in a way that no stream can
            self.reopen(found.hour)
            return replace(differs, detail=str(error))
        waiting = [cause for cause in parts if not cause.applied_by_reconcile]
        if waiting:
            self.reopen(found.hour)
            return replace(differs, detail=in_words(evidence))
        self._corrected[found.hour] = replace(differs, verdict=Verdict.CORRECTED)
        return self.mark(found, version)

    def _why_not(self, found: HourResult, parts: Mapping[Cause, Sequence[Difference]]) -> str:
        moved = sum(
            abs(difference.clicks_delta)
            for cause, differences in parts.items()
            if cause.applied_by_reconcile and cause.needs_approval
            for difference in differences
        )
        share = moved / max(found.recount[0], 1)
        if share > self._settings.correction_approval_share and not self._approved:
            return (
                f"corrections would move {moved:,} clicks, {share:.1%} of the hour's: they need a"
                " person's word (--approve)"
            )
        return ""

    def _apply(
        self, hour: datetime, parts: Mapping[Cause, Sequence[Difference]], evidence: Evidence
    ) -> int:
        """Returns how often the hour's version was bumped."""
        run = self._run.run
        mine = {cause: some for cause, some in parts.items() if cause.applied_by_reconcile}
        bumps = apply_corrections(self._connection, run, hour, deltas(mine))
        if evidence.inconsistent:
            bumps += rebuild_types(self._connection, run, hour, evidence.inconsistent)
        return bumps

    def reopen(self, hour: datetime) -> None:
        """An hour that was found to differ is not served as reconciled any longer."""
        if not self._run.dry_run:
            reopen(self._connection, self._run.run, hour)


def _moved(found: HourResult) -> HourResult:
    """What was found below the cut stands; only the mark would not."""
    why = "as it should be at the cut; events kept arriving, so it is left provisional"
    return replace(found, verdict=Verdict.MOVED, detail=why)


def in_words(evidence: Evidence) -> str:
    """Which ranges were counted wrongly."""
    if not evidence.wrong:
        return "right sums under wrong keys: docs/runbooks/hour-differs.md"
    named = [f"{found.span} by {found.release}" for found in evidence.wrong[:MOST_NAMED]]
    more = len(evidence.wrong) - len(named)
    return f"counted wrongly: {'; '.join(named)}" + (f" and {more:,} more" if more else "")
