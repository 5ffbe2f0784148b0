"""From an offset of the topic to the figure that its record went into, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.trace.figure import figure_in
from batch.trace.judging import Traced, TraceJudge
from batch.trace.records import RawRecord, archived_at, in_kafka
from clickledger.clock import from_epoch_ms
from clickledger.errors import UsageError
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.gaps import read_gaps
from clickledger.ledger.positions import OffsetRange, Position, read_positions
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings


class Fate(StrEnum):
    """What became of an offset."""

    COUNTED = "counted"
    REJECTED = "rejected"
    HOLE = "hole"  # a transaction's marker or an aborted record: no record of ours
    LOST = "lost"  # in a gap of the ledger: Kafka dropped it before it was read
    NOT_COUNTED_YET = "not counted yet"
    NOT_WRITTEN_YET = "not written yet"
    BEFORE_THE_LEDGER = "before the ledger"


@dataclass(frozen=True, slots=True)
class OffsetTrace:
    """What became of an offset. ``key`` and ``figure`` (clicks, events) where it was counted.

    ``sealed_figure``: of the whole hour, which has no minute rows any more.
    """

    fate: Fate
    traced: Traced | None = None
    applied: Mapping[str, Any] | None = None  # the range of the ledger
    key: tuple[datetime, str, str] | None = None
    hour_state: str | None = None
    figure: tuple[int, int] | None = None
    sealed_figure: tuple[int, int] | None = None
    corrections: Sequence[Mapping[str, Any]] = ()


def trace_offset(
    connection: Connection[Cursor],
    settings: Settings,
    log: TopicLog,
    partition: int,
    offset: int,
) -> OffsetTrace:
    """Trace one offset.

    Raises:
        UsageError: the ledger knows no such partition.
        ArchiveIncompleteError, KafkaDataLostError: the record is not to be had any more.
    """
    position = read_positions(connection, settings.topic).get(partition)
    if position is None:
        raise UsageError(
            f"The ledger has no partition {partition} of {settings.topic!r}.",
            next_step="`clickledger ledger show` lists them",
        )
    if offset < position.origin_offset:
        return OffsetTrace(Fate.BEFORE_THE_LEDGER)
    if offset >= position.next_offset:
        return _ahead(log, position, offset)
    judge = TraceJudge(connection, settings.topic)
    applied = judge.range_of(partition, offset)
    record = _record(connection, settings, log, applied, partition, offset)
    gaps = read_gaps(connection, settings.topic)
    if record is None:
        lost = any(gap.closed_at is None and gap.covers(partition, offset) for gap in gaps)
        return OffsetTrace(Fate.LOST if lost else Fate.HOLE, applied=applied)
    return _settled(connection, settings, judge.judge(record), applied)


def _ahead(log: TopicLog, position: Position, offset: int) -> OffsetTrace:
    here = OffsetRange(position.partition, offset, offset + 1)
    if offset >= log.stable_ends([position.partition])[position.partition]:
        return OffsetTrace(Fate.NOT_WRITTEN_YET)
    record = next(in_kafka(log, [(here, None)]), None)
    if record is None:
        return OffsetTrace(Fate.HOLE)
    return OffsetTrace(Fate.NOT_COUNTED_YET, Traced(record, Fate.NOT_COUNTED_YET, None, None, None))


def _record(
    connection: Connection[Cursor],
    settings: Settings,
    log: TopicLog,
    applied: Mapping[str, Any] | None,
    partition: int,
    offset: int,
) -> RawRecord | None:
    asked = {"topic": settings.topic, "partition": partition, "offset": offset}
    files = fetch_all(connection, statement("trace/files_of_offset"), asked)
    if files:
        return archived_at(settings, files, partition, offset)
    if applied is not None and not applied["records_read"]:
        return None
    here = OffsetRange(partition, offset, offset + 1)
    rules_version: int | None = applied["rules_version"] if applied else None
    return next(in_kafka(log, [(here, rules_version)]), None)


def _settled(
    connection: Connection[Cursor],
    settings: Settings,
    traced: Traced,
    applied: Mapping[str, Any] | None,
) -> OffsetTrace:
    traced = replace(traced, counted_by=applied)
    event = traced.event
    if event is None:
        return OffsetTrace(Fate.REJECTED, traced, applied)
    minute = from_epoch_ms(event.minute_ms)
    asked = {
        "minute": minute,
        "hour": minute.replace(minute=0),
        "device_type": event.device_type,
        "device_id": event.device_id,
    }
    row = fetch_one(connection, statement("trace/figure"), asked) or {}
    return OffsetTrace(
        Fate.COUNTED,
        traced,
        applied,
        key=(minute, event.device_type, event.device_id),
        hour_state=row.get("hour_state"),
        figure=figure_in(row),
        sealed_figure=figure_in(row, "hour_"),
        corrections=fetch_all(connection, statement("trace/corrections"), asked),
    )
