"""Close a gap of the ledger with records that were found again, once.

The records become the gap's segment of the archive, and the gap is closed, in one transaction. From
there on the hours they belong to differ from their recount by exactly these records: reconcile adds
them, with the cause "ledger gap closed". Killed anywhere and run again, it goes on.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.archiver import Archiver
from batch.archive.files import remove_folder
from batch.backfill.closing import close_gap, write_segment
from batch.backfill.records import records_for
from batch.reconcile.results import HourResult
from batch.reconcile.runs import Ask, Report, reconcile
from batch.spark import batch_session
from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.contract.oracle import Event, judge
from clickledger.errors import OperationRefusedError, UsageError
from clickledger.failpoints import reach
from clickledger.ledger.gaps import Gap, read_gaps
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.ledger.rules_versions import rules_of_version
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import placeholders, statement
from clickledger.settings import Role, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What closing a gap would do: counts by plain Python, events by the hour they belong to."""

    gap: Gap
    source: Path
    records: pa.Table
    accepted: int
    clicks: int
    rejected: Mapping[str, int]  # by reason
    hours: Mapping[datetime, int]

    def counts(self) -> dict[str, int]:
        """As ``ledger_gaps`` keeps them."""
        return {
            "records": self.records.num_rows,
            "accepted": self.accepted,
            "rejected": sum(self.rejected.values()),
            "clicks": self.clicks,
        }


def gap_at(connection: Connection[Cursor], topic: str, partition: int, start: int) -> Gap:
    """The gap that begins there.

    Raises:
        UsageError: there is none.
    """
    for gap in read_gaps(connection, topic):
        if (gap.span.partition, gap.span.start) == (partition, start):
            return gap
    raise UsageError(
        f"No gap of the ledger begins at offset {start:,} of partition {partition}.",
        next_step="`clickledger ledger gaps` lists them",
    )


def plan_backfill(
    settings: Settings, gap: Gap, source: Path, *, fewer: bool = False
) -> BackfillPlan:
    """Read and judge the records; changes nothing.

    Raises:
        UsageError: they do not fit the gap.
        OperationRefusedError: an hour of theirs is sealed.
    """
    records = records_for(settings.topic, gap, source, fewer=fewer)
    rejected: Counter[str] = Counter()
    hours: Counter[datetime] = Counter()
    clicks = 0
    with connected(settings, Role.READER) as connection:
        rules = rules_of_version(connection, gap.rules_version)
        arrived = records["timestamp"].cast(pa.timestamp("ms", "UTC")).cast(pa.int64())
        for value, time_ms in zip(records["value"].to_pylist(), arrived.to_pylist(), strict=True):
            verdict = judge(value, time_ms, rules)
            if isinstance(verdict, Event):
                hours[from_epoch_ms(verdict.time_ms // HOUR_MS * HOUR_MS)] += 1
                clicks += verdict.click
            else:
                rejected[verdict.value] += 1
        _require_not_sealed(connection, hours)
    accepted = sum(hours.values())
    return BackfillPlan(gap, source, records, accepted, clicks, dict(rejected), dict(hours))


def _require_not_sealed(connection: Connection[Cursor], hours: Mapping[datetime, int]) -> None:
    if not hours:
        return
    text = statement("batch/sealed_hours").format(hours=placeholders(hours))
    if sealed := fetch_all(connection, text, list(hours)):
        raise OperationRefusedError(
            f"{len(sealed)} hours of these events are sealed, the first is {sealed[0]['hour']}:"
            " their minute rows are gone.",
            next_step="docs/adr/0012-what-maintenance-may-delete.md",
        )


def backfill(
    settings: Settings,
    plan: BackfillPlan,
    by: str,
    reason: str,
    heard: Callable[[HourResult], None] = lambda result: None,
    session: Callable[[Settings], AbstractContextManager[SparkSession]] = batch_session,
) -> tuple[bool, Report]:
    """Close the gap and reconcile what is due; ``False``: somebody else has closed it.

    Raises:
        ArchiveIncompleteError, KafkaDataLostError: what lies before the gap cannot be archived.
    """
    with session(settings) as spark:
        with connected(settings, Role.BATCH) as connection:
            positions = read_positions(connection, settings.topic)
            Archiver(spark, settings).up_to(next_offsets(positions))
            closed = _close(connection, spark, settings, plan, by, reason)
        reach("gap_closed")
        return closed, finish(settings, by, reason, heard, lambda _: nullcontext(spark))


def finish(
    settings: Settings,
    by: str,
    reason: str,
    heard: Callable[[HourResult], None] = lambda result: None,
    session: Callable[[Settings], AbstractContextManager[SparkSession]] = batch_session,
) -> Report:
    """Reconcile what is due: the hours of a gap that was closed are."""
    return reconcile(settings, Ask(by, f"backfill: {reason}"), heard=heard, session=session)


def _close(
    connection: Connection[Cursor],
    spark: SparkSession,
    settings: Settings,
    plan: BackfillPlan,
    by: str,
    reason: str,
) -> bool:
    span = plan.gap.span
    folder = f"{settings.topic}/{span.partition}/{span.start:020d}-{uuid.uuid4().hex}"
    written = write_segment(connection, spark, settings, plan.gap, plan.records, folder)
    reach("before_listing")
    row: dict[str, Any] = {
        "by": by,
        "reason": reason[:1024],
        "source": str(plan.source)[:1024],
        **plan.counts(),
    }
    if not close_gap(connection, settings, plan.gap, written, row):
        remove_folder(spark, f"{settings.archive}/{folder}")
        return False
    return True


def gap_as_dict(gap: Gap) -> dict[str, Any]:
    """For ``--json``."""
    shown = {name: getattr(gap, name) for name in gap.__slots__ if name not in ("span", "counts")}
    where = {"partition": gap.span.partition, "start": gap.span.start, "end": gap.span.end}
    return where | shown | (gap.counts or {})
