"""Restate hours: count them again as this release and today's rules would, and correct (P3, P6).

An hour is held from its first correction to the row in ``restatements`` that ends it. What a
restatement that died in between has left is taken back by the next one, which begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.correct.corrections import apply_corrections, deltas, rebuild_types
from batch.correct.holds import end_hold, end_hold_of, hold_unexplained
from batch.correct.ownership import OvertakenError, bump, locked_hour, own
from batch.correct.undo import take_back
from batch.due import HOUR, Settled, due_hours
from batch.reconcile.checks import checked
from batch.reconcile.marking import build_and_mark
from batch.reconcile.results import HourResult, Verdict, keep_results
from batch.recount.counting import chunks
from batch.recount.restatements import keep_restatement
from batch.recount.snapshot import Snapshot, take_snapshot
from batch.restate.plan import Plan, Planner
from batch.run import Run
from clickledger.errors import (
    ArchiveIncompleteError,
    KafkaDataLostError,
    NotReconciledError,
)
from clickledger.failpoints import reach
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UNDER_WAY = "a restatement is under way; if it died, run `clickledger restate` again"


class Restater:
    """One run over some hours, by ``rules_version``. ``heard`` is told each hour's result."""

    def __init__(
        self,
        spark: SparkSession,
        settings: Settings,
        connection: Connection[Cursor],
        run: Run,
        rules_version: int,
        *,
        heard: Callable[[HourResult], None] = lambda result: None,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._run = run
        self._heard = heard
        self._planner = Planner(spark, settings, connection, run, rules_version)
        self._undone: dict[datetime, str] = {}  # the undo that took back what a dead run has left

    def restate(self, start: datetime, end: datetime, log: TopicLog) -> list[HourResult]:
        """Restate the hours with ``start <= hour < end``; those that are due are marked too."""
        connection, topic = self._connection, self._settings.topic
        cut = next_offsets(read_positions(connection, topic))
        hours = self._planner.hours(start, end, cut)
        due = due_hours(connection, log, self._settings, hours)
        results = []
        for chunk in chunks(connection, topic, hours):
            for done in self._chunk(chunk, due):
                [result] = checked(connection, self._run, [done])
                keep_results(connection, self._run, [result])
                self._heard(result)
                results.append(result)
        return results

    def _chunk(
        self, hours: list[datetime], due: Mapping[datetime, Settled]
    ) -> Iterator[HourResult]:
        run = None if self._run.dry_run else self._run.run
        if run:
            self._take_over(run, hours)
        snapshot = take_snapshot(self._connection, self._settings.topic, run, hours, held=True)
        reach("snapshot_taken")
        ours = [hour for hour in hours if hour in snapshot.versions or not run]
        yield from (HourResult(hour, Verdict.OVERTAKEN) for hour in hours if hour not in ours)
        for plan in self._plans(ours, snapshot, due):
            yield self._settle(plan, snapshot, due) if isinstance(plan, Plan) else plan

    def _plans(
        self, hours: list[datetime], snapshot: Snapshot, due: Mapping[datetime, Settled]
    ) -> Sequence[Plan | HourResult]:
        """A plan for each hour; what the archive lacks concerns some, the others do not wait."""
        try:
            return self._planner.plans(hours, snapshot, due)
        except (ArchiveIncompleteError, KafkaDataLostError) as error:
            if len(hours) == 1:
                return [HourResult(hours[0], Verdict.ARCHIVE_INCOMPLETE, detail=str(error))]
        middle = len(hours) // 2
        some, others = hours[:middle], hours[middle:]
        return [*self._plans(some, snapshot, due), *self._plans(others, snapshot, due)]

    def _take_over(self, run: str, hours: Sequence[datetime]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(statement("batch/add_silent_hour"), [(hour,) for hour in hours])
        span = (hours[0], hours[-1] + HOUR)
        left: dict[str, list[datetime]] = {}
        for row in fetch_all(self._connection, statement("batch/unfinished_restates"), span):
            left.setdefault(row["run"], []).append(row["hour"])
        for dead, only in left.items():
            why = "left by a restatement that did not finish"
            undone = take_back(
                self._connection, self._settings, dead, self._run.asked_by, why, only=only
            )
            self._undone |= dict.fromkeys(undone.hours, undone.run)
        own(self._connection, run, hours, held=True)

    def _settle(
        self, plan: Plan, snapshot: Snapshot, due: Mapping[datetime, Settled]
    ) -> HourResult:
        found = plan.found
        if found.verdict not in (Verdict.DIFFERS, Verdict.IDENTICAL) or self._run.dry_run:
            return found
        try:
            if found.verdict is Verdict.IDENTICAL:
                return self._let_go(found)
            if Cause.UNKNOWN in plan.parts:
                hold_unexplained(self._connection, self._run.run, found.hour, found.detail)
                return found
            return self._apply(plan, snapshot.versions[found.hour], is_due=found.hour in due)
        except (OvertakenError, NotReconciledError) as error:
            return replace(found, verdict=Verdict.OVERTAKEN, detail=str(error))

    def _let_go(self, found: HourResult) -> HourResult:
        """Nothing is to be restated: what was taken back before waits for nobody."""
        undo = self._undone.get(found.hour)
        if undo is None or not end_hold_of(self._connection, self._run, found.hour, undo):
            return found
        return _with_detail(found, "what a dead restatement left is taken back: reconcile marks it")

    def _apply(self, plan: Plan, version: int, *, is_due: bool) -> HourResult:
        connection, run, hour = self._connection, self._run.run, plan.found.hour
        version += self._begin(hour)
        version += apply_corrections(connection, run, hour, deltas(plan.parts))
        if plan.inconsistent:
            version += rebuild_types(connection, run, hour, plan.inconsistent)
        reach("before_restatement")
        version += self._end(plan.found)
        restated = replace(plan.found, verdict=Verdict.RESTATED)
        if not is_due:
            return _with_detail(restated, "not due yet: reconcile marks it then")
        if not build_and_mark(connection, run, hour, version, plan.found.cut, plan.found.measures):
            return _with_detail(restated, "events came in meanwhile: reconcile marks it")
        return restated

    @tried_again
    def _begin(self, hour: datetime) -> int:
        """Reopen and hold the hour; returns 1, the bumps of its version."""
        with locked_hour(self._connection, self._run.run, hour):
            with self._connection.cursor() as cursor:
                cursor.execute(statement("batch/keep_hold"), (hour, self._run.run, UNDER_WAY))
            bump(self._connection, hour, "reopened")
        return 1

    @tried_again
    def _end(self, found: HourResult) -> int:
        """Write the restatement down and end the hold, together; returns 1."""
        run = self._run
        with locked_hour(self._connection, run.run, found.hour):
            keep_restatement(
                self._connection,
                run.run,
                found.hour,
                self._planner.restatement(found.cut),
                transforms_fingerprint=self._planner.fingerprint,
                clicks_before=found.stream[0],
                events_before=found.stream[1],
                clicks_after=found.recount[0],
                events_after=found.recount[1],
            )
            end_hold(self._connection, found.hour, run.asked_by, run.reason, own_run=run.run)
            bump(self._connection, found.hour)
        return 1


def _with_detail(found: HourResult, more: str) -> HourResult:
    return replace(found, detail="; ".join(filter(None, (found.detail, more))))
