"""What restating hours would do: the stream's figures against two recounts.

The recount by the rules that held until now shows what was counted wrongly, and by whom; the
recount by the rules that shall hold shows what those change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.archiver import Archiver
from batch.correct.causes import Cause
from batch.correct.evidence import changed_by_rules, evidence_of, inconsistent_types
from batch.correct.owed import owed_by_rules
from batch.due import Settled
from batch.reconcile.measuring import measure_hours
from batch.reconcile.results import HourResult, Verdict, found_in
from batch.reconcile.settling import BY_WEIGHT, in_words
from batch.recount.compare import Difference, compare
from batch.recount.counting import Counts, count_hours
from batch.recount.measures import Measures
from batch.recount.restatements import Restatement
from batch.recount.snapshot import Group, Snapshot
from batch.recount.sources import Archive, Sources
from batch.run import Run
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Plan:
    """What restating one hour would do; ``DIFFERS``: there is something to do."""

    found: HourResult
    parts: Mapping[Cause, Sequence[Difference]]
    inconsistent: frozenset[Group]


class Planner:
    """Plans of one run: by one version of the rules and the code that runs here."""

    def __init__(
        self,
        spark: SparkSession,
        settings: Settings,
        connection: Connection[Cursor],
        run: Run,
        rules_version: int,
    ) -> None:
        self._spark = spark
        self._settings = settings
        self._connection = connection
        self._run = run
        self._rules_version = rules_version
        self._archive = Archive(spark, settings)

    @property
    def fingerprint(self) -> str:
        """Of the transforms that count."""
        return self._archive.fingerprint

    def restatement(self, cut: Mapping[int, int]) -> Restatement:
        """What the hours are judged by afterwards."""
        release = (self._run.release_name, self._run.code_fingerprint)
        return Restatement(self._rules_version, cut, release)

    def hours(self, start: datetime, end: datetime, cut: Mapping[int, int]) -> list[datetime]:
        """Hours in ``start <= hour < end`` that have events: counted ones, or any in the archive.

        Raises:
            ArchiveIncompleteError: not everything below ``cut`` is archived as it was booked.
            KafkaDataLostError: Kafka no longer holds what is to be archived.
        """
        Archiver(self._spark, self._settings).up_to(cut)
        self._archive.prepare(self._connection, cut, [self.restatement(cut)])
        span = {
            "start": start,
            "end": end,
            "topic": self._settings.topic,
            "fingerprint": self.fingerprint,
        }
        held = fetch_all(self._connection, statement("batch/archived_hours"), span)
        counted = fetch_all(self._connection, statement("batch/rows_by_hour"), (start, end))
        return sorted({row["hour"] for row in (*held, *counted)})

    def plans(
        self, hours: Sequence[datetime], snapshot: Snapshot, due: Mapping[datetime, Settled]
    ) -> list[Plan]:
        """A plan for each of ``hours``, ascending; raises what ``hours`` raises."""
        if not hours:
            return []
        Archiver(self._spark, self._settings).up_to(snapshot.cut)
        restatement, sources = self.restatement(snapshot.cut), self._archive.sources
        so_far = sources(self._connection, snapshot.cut, hours)
        anew = sources(self._connection, snapshot.cut, hours, restatement)
        counts: dict[datetime, Counts] = {}
        for each in so_far:
            counts |= self._counts(snapshot, each)
        again: dict[datetime, Counts] = {}
        measures: dict[datetime, Measures] = {}
        for each in anew:
            of_hours = measure_hours(self._connection, self._run, self._archive, each, snapshot.cut)
            measures |= dict.fromkeys(each.hours, of_hours)
            same = any((each.hours, each.parts) == (old.hours, old.parts) for old in so_far)
            known = {hour: counts[hour] for hour in each.hours}
            again |= known if same else self._counts(snapshot, each)
        plans = [
            self._plan(counts[hour], again[hour], snapshot, due.get(hour, {}))
            for hour in sorted(counts)
        ]
        return [
            replace(plan, found=replace(plan.found, measures=measures[plan.found.hour]))
            for plan in plans
        ]

    def _counts(self, snapshot: Snapshot, sources: Sources) -> dict[datetime, Counts]:
        counts = count_hours(self._spark, self._settings, snapshot, sources)
        return {found.hour: found for found in counts}

    def _plan(self, counts: Counts, again: Counts, snapshot: Snapshot, settled: Settled) -> Plan:
        found = found_in(counts, again, snapshot, settled)
        if not (counts.audit.equals(counts.recount) and again.audit.equals(again.recount)):
            return Plan(replace(found, verdict=Verdict.COUNTS_DISAGREE), {}, frozenset())
        parts: dict[Cause, Sequence[Difference]] = {}
        odd = inconsistent_types(counts.stream, counts.types)
        if wrong := compare(counts.stream, counts.recount).differences:
            code = self._run.code_fingerprint
            evidence = evidence_of(self._connection, self._spark, self._settings, counts, code)
            parts |= evidence.by_cause(wrong)
            if {Cause.RELEASE, Cause.UNKNOWN} & parts.keys():
                found = replace(found, detail=in_words(evidence))
        for cause, more in self._changed(counts, again).items():
            parts[cause] = [*parts.get(cause, ()), *more]
        if parts or odd:
            cause = min(parts, key=BY_WEIGHT.index, default=Cause.MANUAL_CHANGE)
            found = replace(found, verdict=Verdict.DIFFERS, cause=cause)
        return Plan(found, parts, odd)

    def _changed(self, counts: Counts, again: Counts) -> dict[Cause, list[Difference]]:
        """What the rules change, of what was counted and of what is owed."""
        if again is counts:
            return {}
        topic = self._settings.topic
        owed = owed_by_rules(self._connection, self._spark, topic, counts, again)
        return changed_by_rules(compare(counts.recount, again.recount).differences, owed)
