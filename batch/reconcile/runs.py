"""The two things a schedule or a person asks for: archive, and reconcile what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.archiver import Archived, Archiver
from batch.archive.segments import Segment, open_positions
from batch.days import build_days, days_to_build
from batch.due import (
    EVER,
    Settled,
    add_silent_hours,
    due_hours,
    hours_to_reconcile,
    require_whole_hours,
)
from batch.reconcile.reconciler import Reconciler
from batch.reconcile.results import HourResult, tally
from batch.run import new_run, recorded
from batch.spark import batch_session
from clickledger.clock import utc_now
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.mysql.connection import connected
from clickledger.report_calendar import ReportDay, keep_calendar
from clickledger.settings import Role, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def archive_all(
    settings: Settings, progress: Callable[[Segment, Archived], None]
) -> tuple[Archived, dict[int, int]]:
    """Archive everything that the ledger has applied now; what was added, and the cut."""
    with connected(settings, Role.BATCH) as connection:
        positions = read_positions(connection, settings.topic)
    cut = next_offsets(positions)
    with batch_session(settings) as spark:
        return Archiver(spark, settings, progress).up_to(cut), cut


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be reconciled: hours in ``start <= hour < end``."""

    by: str
    reason: str
    start: datetime = EVER[0]
    end: datetime = EVER[1]
    dry_run: bool = False
    approved: bool = False

    def __post_init__(self) -> None:
        require_whole_hours(self.start, self.end)

    @property
    def is_range(self) -> bool:
        """Whether hours are named: those are looked at again, reconciled or not."""
        return (self.start, self.end) != EVER

    @property
    def scope(self) -> str:
        """In words."""
        return f"{self.start} {self.end}" if self.is_range else "all that is due"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to; ``waiting`` are hours that are not due yet, ``days`` were built."""

    run: str
    results: Sequence[HourResult]
    waiting: Sequence[datetime]
    days: Sequence[ReportDay] = ()

    @property
    def ok(self) -> bool:
        """Whether no hour waits for a person."""
        return not any(result.verdict.is_for_a_person for result in self.results)


def reconcile(
    settings: Settings,
    ask: Ask,
    started: Callable[[Mapping[datetime, Settled]], None] = lambda due: None,
    heard: Callable[[HourResult], None] = lambda result: None,
    session: Callable[[Settings], AbstractContextManager[SparkSession]] = batch_session,
) -> Report:
    """Reconcile the hours of ``ask`` that are due, then build the days whose hours all are.

    What was applied is archived even where nothing is due. Spark starts only if there is work.

    Raises:
        KafkaDataLostError, ArchiveIncompleteError: no hour is due, and the archive cannot go on.
    """
    report = _reconcile(settings, ask, started, heard, session)
    if not report.results:  # else the archive came first
        _keep_up(settings, session)
    return report


def _keep_up(
    settings: Settings, session: Callable[[Settings], AbstractContextManager[SparkSession]]
) -> None:
    """Archive what is behind: a backlog may outlive Kafka's retention before an hour is due."""
    with connected(settings, Role.BATCH) as connection:
        cut = next_offsets(read_positions(connection, settings.topic))
        archived = open_positions(connection, settings.topic)
    if any(archived[partition] < end for partition, end in cut.items()):
        with session(settings) as spark:
            Archiver(spark, settings).up_to(cut)


def _reconcile(
    settings: Settings,
    ask: Ask,
    started: Callable[[Mapping[datetime, Settled]], None],
    heard: Callable[[HourResult], None],
    session: Callable[[Settings], AbstractContextManager[SparkSession]],
) -> Report:
    until = utc_now().replace(minute=0, second=0, microsecond=0)
    with connected(settings, Role.BATCH) as connection:
        if not ask.dry_run:
            keep_calendar(connection, settings.report_time_zone)
            add_silent_hours(connection, settings.topic, until)
        hours, due = _due(connection, settings, ask)
        waiting = [hour for hour in hours if hour not in due]
        if not due and not _days(connection, ask, until):
            return Report("", (), waiting)
        run = new_run(settings, "reconcile", ask.scope, ask.by, ask.reason, dry_run=ask.dry_run)
        started(due)
        with recorded(connection, run) as ended:
            results = []
            if due:
                with session(settings) as spark:
                    reconciler = Reconciler(
                        spark, settings, connection, run, approved=ask.approved, heard=heard
                    )
                    results = reconciler.reconcile(due)
            days = build_days(connection, run.run, _days(connection, ask, until))
            report = Report(run.run, results, waiting, days)
            ended("ok" if report.ok else "not_ok", tally(results) | {"days built": len(days)})
    return report


def _due(
    connection: Connection[Cursor], settings: Settings, ask: Ask
) -> tuple[list[datetime], dict[datetime, Settled]]:
    hours = hours_to_reconcile(connection, ask.start, ask.end, again=ask.is_range)
    with TopicLog(settings) as log:
        return hours, due_hours(connection, log, settings, hours)


def _days(connection: Connection[Cursor], ask: Ask, until: datetime) -> list[ReportDay]:
    return [] if ask.dry_run else days_to_build(connection, until)
