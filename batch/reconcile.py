"""Reconcile hours on a running stream, exactly (protocol P6).

Own the hours, take one snapshot, archive up to its cut, prove that the archive is complete, count
twice below the cut, compare row by row, correct what may be corrected, mark what nothing has
touched since. Hours go through in chunks of about as many events, so that memory stays flat.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.archiver import Archiver
from batch.causes import Evidence, inconsistent_types
from batch.compare import compare
from batch.due import HOUR, Settled
from batch.independent import counted_by_duckdb
from batch.minutes import totals, within
from batch.ownership import OvertakenError, own
from batch.recount import recounted
from batch.results import HourResult, Run, Verdict, keep_results
from batch.settling import Settler
from batch.snapshot import Group, Snapshot, TypeRow, take_snapshot
from batch.sources import Archive, Sources
from clickledger.clock import HOUR_MS, to_epoch_ms
from clickledger.errors import ArchiveIncompleteError, KafkaDataLostError, NotReconciledError
from clickledger.failpoints import reach
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)
TRIES = 4  # of an hour in which events keep arriving
EVENTS_A_CHUNK = 1_500_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Three counts of one hour, and the type rows that go with the stream's."""

    hour: datetime
    stream: pa.Table
    recount: pa.Table
    audit: pa.Table
    types: Mapping[Group, TypeRow]

    @property
    def is_silent(self) -> bool:
        """Whether nobody has counted anything."""
        return not (self.stream or self.recount or self.audit or self.types)


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
        for chunk in self._chunks(sorted(due)):
            for some in self._chunk(chunk, due):
                keep_results(self._connection, self._run, some)
                for result in some:
                    self._heard(result)
                results += some
        return sorted(results, key=lambda result: result.hour)

    def _chunks(self, hours: Sequence[datetime]) -> Iterator[list[datetime]]:
        chunk: list[datetime] = []
        events = 0
        sizes = self._events(hours)
        for hour in hours:
            if chunk and events + sizes.get(hour, 0) > EVENTS_A_CHUNK:
                yield chunk
                chunk, events = [], 0
            chunk.append(hour)
            events += sizes.get(hour, 0)
        if chunk:
            yield chunk

    def _events(self, hours: Sequence[datetime]) -> dict[datetime, int]:
        if not hours:
            return {}
        span = (hours[0], hours[-1] + HOUR)
        rows = fetch_all(self._connection, statement("batch/events_by_hour"), span)
        return {row["hour"]: int(row["events"]) for row in rows}

    def _chunk(
        self, hours: list[datetime], due: Mapping[datetime, Settled]
    ) -> Iterator[list[HourResult]]:
        pending = hours
        own(self._connection, self._run.run, hours)
        for _ in range(TRIES):
            pending, done = self._try(pending, due)
            yield done
            if not pending:
                return
        why = "events kept arriving; left provisional"
        yield [HourResult(hour, Verdict.MOVED, detail=why) for hour in pending]

    def _try(
        self, hours: list[datetime], due: Mapping[datetime, Settled]
    ) -> tuple[list[datetime], list[HourResult]]:
        """One go at some hours of ours: those to try again, and the results of the others."""
        snapshot = take_snapshot(self._connection, self._settings.topic, self._run.run, hours)
        reach("snapshot_taken")
        lost = [hour for hour in hours if hour not in snapshot.versions]
        done = [HourResult(hour, Verdict.OVERTAKEN) for hour in lost]
        ours = [hour for hour in hours if hour in snapshot.versions]
        if not ours:
            return [], done
        try:
            Archiver(self._spark, self._settings).up_to(snapshot.cut)
            sources = self._archive.sources(self._connection, snapshot.cut, ours)
        except (ArchiveIncompleteError, KafkaDataLostError) as error:
            return self._incomplete(ours, due, done, str(error))
        done += self._judge(ours, snapshot, sources, due)
        again = [result.hour for result in done if result.verdict is Verdict.MOVED]
        return again, [result for result in done if result.verdict is not Verdict.MOVED]

    def _judge(
        self,
        hours: Sequence[datetime],
        snapshot: Snapshot,
        sources: Sources,
        due: Mapping[datetime, Settled],
    ) -> list[HourResult]:
        results, silent = [], []
        for counts in self._count(hours, snapshot, sources):
            found = self._found(counts, snapshot, sources, due[counts.hour])
            if counts.is_silent:
                silent.append(found)
            else:
                results.append(self._settled(found, counts, snapshot, sources))
        return results + self._settler.mark_silent(silent, snapshot)

    def _incomplete(
        self,
        hours: list[datetime],
        due: Mapping[datetime, Settled],
        done: list[HourResult],
        why: str,
    ) -> tuple[list[datetime], list[HourResult]]:
        """Find out which hours the hole concerns: the others must not wait for it."""
        if len(hours) == 1:
            return [], [*done, HourResult(hours[0], Verdict.ARCHIVE_INCOMPLETE, detail=why)]
        middle = len(hours) // 2
        again: list[datetime] = []
        for half in (hours[:middle], hours[middle:]):
            more, results = self._try(half, due)
            again += more
            done += results
        return again, done

    def _count(
        self, hours: Sequence[datetime], snapshot: Snapshot, sources: Sources
    ) -> Iterator[Counts]:
        hours_ms = [to_epoch_ms(hour) for hour in hours]
        recount = recounted(self._spark, sources.parts, snapshot.cut, hours_ms)
        audit = counted_by_duckdb(sources.parts, snapshot.cut, hours_ms)
        reach("recounted")
        for hour, start in zip(hours, hours_ms, strict=True):
            end = start + HOUR_MS
            types = {key: row for key, row in snapshot.types.items() if start <= key[0] < end}
            stream, again, other = (
                within(table, start, end) for table in (snapshot.minutes, recount, audit)
            )
            yield Counts(hour, stream, again, other, types)

    def _found(
        self, counts: Counts, snapshot: Snapshot, sources: Sources, settled: Settled
    ) -> HourResult:
        return HourResult(
            hour=counts.hour,
            verdict=Verdict.IDENTICAL,
            cut=snapshot.cut,
            settled=settled,
            segments=len(sources.segments),
            comparison=compare(counts.stream, counts.recount),
            stream=totals(counts.stream),
            recount=totals(counts.recount),
            audit=totals(counts.audit),
            releases=[name for name, _ in sources.releases],
        )

    def _settled(
        self, found: HourResult, counts: Counts, snapshot: Snapshot, sources: Sources
    ) -> HourResult:
        odd = inconsistent_types(counts.stream, counts.types)
        version = snapshot.versions[found.hour]
        try:
            if not counts.audit.equals(counts.recount):
                self._settler.reopen(found.hour)
                return replace(found, verdict=Verdict.COUNTS_DISAGREE)
            if found.comparison.differences or odd:
                evidence = self._evidence(found.hour, odd, sources)
                return self._settler.correct(found, evidence, version)
            return self._settler.mark(found, version)
        except OvertakenError as error:
            return replace(found, verdict=Verdict.OVERTAKEN, detail=str(error))
        except NotReconciledError as error:
            return replace(found, verdict=Verdict.DIFFERS, detail=str(error))

    def _evidence(self, hour: datetime, odd: frozenset[Group], sources: Sources) -> Evidence:
        start = to_epoch_ms(hour)
        return Evidence(
            inconsistent=odd,
            books_balance=self._books_balance,
            wrong=[found for found in sources.wrong if found.touches(start, start + HOUR_MS)],
            releases=sources.releases,
            code_fingerprint=self._run.code_fingerprint,
        )

    @cached_property
    def _books_balance(self) -> bool:
        return not fetch_all(self._connection, statement("audit/minutes_equal_ledger"))
