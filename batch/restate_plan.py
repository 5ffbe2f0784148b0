"""What restating hours would do: the stream's figures against two recounts.

The recount by the rules that held until now shows what was counted wrongly, and by whom; the
recount by the rules that shall hold shows what those change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.archiver import Archiver
from batch.causes import Cause, Evidence, evidence_of, inconsistent_types
from batch.compare import Difference, compare
from batch.counting import Counts, count_hours
from batch.due import Settled
from batch.measures import Measures
from batch.measuring import measure_hours
from batch.owed import owed_to
from batch.restatements import Restatement
from batch.results import HourResult, Run, Verdict, found_in
from batch.settling import BY_WEIGHT, in_words
from batch.snapshot import Group, Snapshot
from batch.sources import Archive, Sources
from clickledger.ledger.audit import books_balance
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
        counts = {each.hours: self._counts(snapshot, each) for each in so_far}
        again: dict[datetime, Counts] = {}
        measures: dict[datetime, Measures] = {}
        for each in anew:
            of_hours = measure_hours(self._connection, self._run, self._archive, each, snapshot.cut)
            measures |= dict.fromkeys(each.hours, of_hours)
            same = any((each.hours, each.parts) == (old.hours, old.parts) for old in so_far)
            again |= counts[each.hours] if same else self._counts(snapshot, each)
        plans = [
            self._plan(found, again[hour], each, snapshot, due.get(hour, {}))
            for each in sorted(so_far, key=lambda sources: sources.hours)
            for hour, found in counts[each.hours].items()
        ]
        return [
            replace(plan, found=replace(plan.found, measures=measures[plan.found.hour]))
            for plan in plans
        ]

    def _counts(self, snapshot: Snapshot, sources: Sources) -> dict[datetime, Counts]:
        copies_count = self._settings.duplicates == "count"
        counts = count_hours(self._spark, snapshot, sources, copies_count=copies_count)
        return {found.hour: found for found in counts}

    def _plan(
        self, counts: Counts, again: Counts, sources: Sources, snapshot: Snapshot, settled: Settled
    ) -> Plan:
        found = found_in(counts, again, snapshot, sources, settled)
        if not (counts.audit.equals(counts.recount) and again.audit.equals(again.recount)):
            return Plan(replace(found, verdict=Verdict.COUNTS_DISAGREE), {}, frozenset())
        odd = inconsistent_types(counts.stream, counts.types)
        parts = self._parts(counts, again, odd, sources)
        if not parts and not odd:
            return Plan(found, {}, odd)
        cause = min(parts, key=BY_WEIGHT.index, default=Cause.MANUAL_CHANGE)
        differs = replace(found, verdict=Verdict.DIFFERS, cause=cause)
        if {Cause.RELEASE, Cause.UNKNOWN} & parts.keys():
            differs = replace(differs, detail=in_words(self._evidence(counts, odd, sources)))
        return Plan(differs, parts, odd)

    def _parts(
        self, counts: Counts, again: Counts, odd: frozenset[Group], sources: Sources
    ) -> dict[Cause, Sequence[Difference]]:
        """What to correct, by cause; what the rules change comes after what was wrong."""
        found: dict[Cause, Sequence[Difference]] = {}
        if wrong := compare(counts.stream, counts.recount).differences:
            found.update(self._evidence(counts, odd, sources).by_cause(wrong))
        if changed := compare(counts.recount, again.recount).differences:
            found[Cause.RULES] = changed
        return found

    def _evidence(self, counts: Counts, odd: frozenset[Group], sources: Sources) -> Evidence:
        topic, hour = self._settings.topic, counts.hour
        owed = owed_to(self._connection, self._spark, topic, sources.parts, hour, counts.copies)
        code = self._run.code_fingerprint
        return evidence_of(hour, odd, sources, code, self._books_balance, owed)

    @cached_property
    def _books_balance(self) -> bool:
        return books_balance(self._connection)
