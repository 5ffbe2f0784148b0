"""Reconcile hours on a running stream, exactly (protocol P6).

Own the hours, take one snapshot, archive up to its cut, prove that the archive is complete, count
twice below the cut, compare row by row, correct what may be corrected, mark what nothing has
touched since. Hours go through in chunks of about as many minute rows, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.archiver import Archiver
from batch.correct.evidence import evidence_of, inconsistent_types
from batch.correct.ownership import OvertakenError, own
from batch.due import Settled
from batch.reconcile.checks import checked
from batch.reconcile.measuring import measure_hours
from batch.reconcile.results import HourResult, Verdict, found_in, keep_results
from batch.reconcile.settling import Settler
from batch.recount.counting import Counts, chunks, count_hours
from batch.recount.snapshot import Snapshot, take_snapshot
from batch.recount.sources import Archive, Sources
from batch.run import Run
from clickledger.errors import ArchiveIncompleteError, KafkaDataLostError
from clickledger.failpoints import reach
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TRIES = 4  # of an hour in which events keep arriving


class Reconciler:
    """One run over some hours. ``heard`` is told each hour's result as it is final."""

    def __init__(
        self,
        spark: SparkSession,
        settings: Settings,
        connection: Connection[Cursor],
        run: Run,
        *,
        approved: bool = False,
        heard: Callable[[HourResult], None] = lambda result: None,
    ) -> None:
        self._spark = spark
        self._settings = settings
        self._connection = connection
        self._run = run
        self._heard = heard
        self._archive = Archive(spark, settings)
        self._settler = Settler(connection, run, settings, approved=approved)

    def reconcile(self, due: Mapping[datetime, Settled]) -> list[HourResult]:
        """Reconcile hours that are due; each gets its row in ``reconcile_results``."""
        results = []
        for chunk in chunks(self._connection, self._settings.topic, sorted(due)):
            for done in self._chunk(chunk, due):
                some = checked(self._connection, self._run, done)
                keep_results(self._connection, self._run, some)
                for result in some:
                    self._heard(result)
                results += some
        return sorted(results, key=lambda result: result.hour)

    def _chunk(
        self, hours: list[datetime], due: Mapping[datetime, Settled]
    ) -> Iterator[list[HourResult]]:
        if not self._run.dry_run:
            own(self._connection, self._run.run, hours)
        moving = hours
        for _ in range(TRIES):
            found = self._try(moving, due)
            moved = [result for result in found if result.verdict is Verdict.MOVED]
            yield [result for result in found if result.verdict is not Verdict.MOVED]
            if not moved:
                return
            moving = [result.hour for result in moved]
        yield moved

    def _try(self, hours: list[datetime], due: Mapping[datetime, Settled]) -> list[HourResult]:
        """One go at some hours of ours; those that are ``MOVED`` are worth another one."""
        run = None if self._run.dry_run else self._run.run
        snapshot = take_snapshot(self._connection, self._settings.topic, run, hours)
        reach("snapshot_taken")
        lost = [hour for hour in hours if hour not in snapshot.versions]
        done = [HourResult(hour, Verdict.OVERTAKEN) for hour in lost]
        ours = [hour for hour in hours if hour in snapshot.versions]
        gone = self._archive.lost(self._connection, ours)
        done += [HourResult(h, Verdict.RECORDS_LOST, detail=str(gone[h])) for h in sorted(gone)]
        ours = [hour for hour in ours if hour not in gone]
        if not ours:
            return done
        why = self._archived(snapshot)
        try:
            groups = self._archive.sources(self._connection, snapshot.cut, ours)
        except ArchiveIncompleteError as error:
            return done + self._incomplete(ours, due, f"{error} {why}".strip())
        return done + self._judge(snapshot, groups, due)

    def _archived(self, snapshot: Snapshot) -> str:
        """Archive up to the cut. Why it cannot go on, or nothing: other hours must not wait."""
        try:
            Archiver(self._spark, self._settings).up_to(snapshot.cut)
        except (ArchiveIncompleteError, KafkaDataLostError) as error:
            return str(error)
        return ""

    def _judge(
        self, snapshot: Snapshot, groups: Iterable[Sources], due: Mapping[datetime, Settled]
    ) -> list[HourResult]:
        results, silent = [], []
        for sources in groups:
            measures = measure_hours(
                self._connection, self._run, self._archive, sources, snapshot.cut
            )
            for counts in count_hours(self._spark, self._settings, snapshot, sources):
                found = found_in(counts, counts, snapshot, due[counts.hour])
                found = replace(found, measures=measures)
                if counts.is_silent:
                    silent.append(found)
                else:
                    results.append(self._settled(found, counts, snapshot))
        return results + self._settler.mark_silent(silent, snapshot)

    def _incomplete(
        self, hours: list[datetime], due: Mapping[datetime, Settled], why: str
    ) -> list[HourResult]:
        """Find out which hours the hole concerns: the others must not wait for it."""
        if len(hours) == 1:
            return [HourResult(hours[0], Verdict.ARCHIVE_INCOMPLETE, detail=why)]
        middle = len(hours) // 2
        return self._try(hours[:middle], due) + self._try(hours[middle:], due)

    def _settled(self, found: HourResult, counts: Counts, snapshot: Snapshot) -> HourResult:
        version = snapshot.versions[found.hour]
        try:
            if not counts.audit.equals(counts.recount):
                self._settler.reopen(found.hour)
                return replace(found, verdict=Verdict.COUNTS_DISAGREE)
            if found.comparison.differences or inconsistent_types(counts.stream, counts.types):
                evidence = evidence_of(
                    self._connection,
                    self._spark,
                    self._settings,
                    counts,
                    self._run.code_fingerprint,
                )
                return self._settler.correct(found, evidence, version)
            return self._settler.mark(found, version)
        except OvertakenError as error:
            return replace(found, verdict=Verdict.OVERTAKEN, detail=str(error))
