"""What a person asks for when hours are to be restated, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.due import require_whole_hours
from batch.reconcile.results import HourResult, Verdict, tally
from batch.restate.restater import Restater
from batch.run import new_run, recorded
from batch.spark import batch_session
from clickledger.errors import OperationRefusedError
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.rules_versions import effective_rules, register_rules
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Shown:
    """By what was counted that a person has looked at and approved."""

    rules_version: int
    code_fingerprint: str
    duplicates: str  # the policy: "count" or "correct"

    def require_same(self, now: Shown) -> None:
        """Refuse to apply what nobody has looked at.

        Raises:
            OperationRefusedError: other rules, other code or another policy would count now.
        """
        if self != now:
            raise OperationRefusedError(
                f"What was shown was counted by {self}; now it would be by {now}."
                " Nothing was changed.",
                next_step="look at it again (--dry-run), and have that approved",
            )

    def __str__(self) -> str:
        return (
            f"rules version {self.rules_version}, code {self.code_fingerprint[:12]} and"
            f" duplicates={self.duplicates}"
        )


@dataclass(frozen=True, slots=True)
class RestateAsk:
    """Which whole hours, ``start <= hour < end``, and on whose word; only shown unless approved.

    ``shown``: what was approved; ``None``: whatever rules, code and policy are now.
    """

    start: datetime
    end: datetime
    by: str
    reason: str
    approved: bool = False
    shown: Shown | None = None

    def __post_init__(self) -> None:
        require_whole_hours(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Restated:
    """What a run came to."""

    run: str
    shown: Shown
    results: Sequence[HourResult]

    @property
    def moves(self) -> bool:
        """Whether something waits for a person's word."""
        return any(result.verdict is Verdict.DIFFERS for result in self.results)

    @property
    def ok(self) -> bool:
        """Whether every hour counts as this release and these rules would."""
        return all(result.verdict.is_reconciled for result in self.results)


def restate(
    settings: Settings,
    ask: RestateAsk,
    heard: Callable[[HourResult], None] = lambda result: None,
    session: Callable[[Settings], AbstractContextManager[SparkSession]] = batch_session,
) -> Restated:
    """Restate the hours of ``ask`` under this release and the deployment's rules as they are now.

    Raises:
        ArchiveIncompleteError: not everything that was counted is archived as it was booked.
        KafkaDataLostError: Kafka no longer holds what is to be archived.
        OperationRefusedError: an hour is sealed, something else was approved, or what a dead
            restatement has left cannot be taken back.
    """
    with connected(settings, Role.BATCH) as connection, TopicLog(settings) as log:
        _refuse_sealed(connection, ask)
        rules = effective_rules(settings, log_append_time=log.describe().log_append_time)
        version = register_rules(connection, rules)
        run = new_run(
            settings,
            "restate",
            f"{ask.start} {ask.end}",
            ask.by,
            ask.reason,
            dry_run=not ask.approved,
        )
        now = Shown(version, run.code_fingerprint, settings.duplicates)
        if ask.shown:
            ask.shown.require_same(now)
        with recorded(connection, run) as ended:
            with session(settings) as spark:
                restater = Restater(spark, settings, connection, run, version, heard=heard)
                results = restater.restate(ask.start, ask.end, log)
            report = Restated(run.run, now, results)
            detail = {"rules_version": version, **tally(results)}
            ended("ok" if report.ok else "not_ok", detail)
    return report


def _refuse_sealed(connection: Connection[Cursor], ask: RestateAsk) -> None:
    row = fetch_one(connection, statement("batch/sealed_between"), (ask.start, ask.end))
    if row and row["hours"]:
        raise OperationRefusedError(
            f"{row['hours']} of these hours are sealed, the first is {row['first']}: their minute"
            " rows are gone, and no correction can be made or taken back.",
            next_step="restate the other hours; docs/adr/0012-what-maintenance-may-delete.md",
        )
