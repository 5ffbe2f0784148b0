"""From a figure to the raw records that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.trace.figure import SEALED, figure_in
from batch.trace.judging import COUNTED, Traced, TraceJudge
from batch.trace.records import MOST_RECORDS, MinuteKey, archived_of_key, in_kafka, key_of
from clickledger.clock import MINUTE_MS
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange, Position, read_positions
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

MOST_READ = 500_000  # offsets of Kafka: some seconds
Place = tuple[int, int]  # partition, offset
Spans = Iterator[tuple[OffsetRange, int | None]]  # each with the rules version that judged it


@dataclass(frozen=True, slots=True)
class FigureTrace:
    """A minute row and the records that name its key, by partition and offset.

    All that were counted into it are there. Of rejected ones those are that are not archived yet,
    or in a segment that holds a counted event of the hour.

    ``figure``, ``counted`` are (clicks, events): what the row says (``None``: no row), and what the
    records below the ledger come to; ``sealed_figure``: what a sealed hour says of the device, for
    its minute rows are gone. ``next_place``: where the next page begins. ``not_read``: ranges of
    Kafka that were left out, because there is too much of them.
    """

    hour_state: str | None
    figure: tuple[int, int] | None
    sealed_figure: tuple[int, int] | None
    corrections: Sequence[Mapping[str, Any]]
    records: Sequence[Traced]
    found: int
    counted: tuple[int, int]
    next_place: Place | None
    not_read: Sequence[OffsetRange]

    @property
    def explained(self) -> bool | None:
        """Whether the records, without the copies that were corrected away, are the figure.

        ``None``: nobody can know, the hour is sealed.
        """
        if self.hour_state == SEALED:
            return None
        copies = [row for row in self.corrections if row["cause"] == Cause.DUPLICATES]
        clicks = self.counted[0] + sum(row["clicks_delta"] for row in copies)
        events = self.counted[1] + sum(row["events_delta"] for row in copies)
        return (clicks, events) == (self.figure or (0, 0)) and self.found <= MOST_RECORDS


def trace_figure(
    connection: Connection[Cursor],
    settings: Settings,
    log: TopicLog,
    key: tuple[datetime, str, str],
    *,
    after: Place = (-1, -1),
    limit: int = 100,
) -> FigureTrace:
    """Trace a row of ``clicks_by_minute``, given by its key; at most ``limit`` records ``after``.

    Raises:
        ArchiveIncompleteError: a file of the archive cannot be read.
        KafkaDataLostError: Kafka has dropped what is not archived.
    """
    minute, device_type, device_id = key
    hour = minute.replace(minute=0)
    asked = {
        "topic": settings.topic,
        "minute": minute,
        "hour": hour,
        "device_type": device_type,
        "device_id": device_id,
    }
    wanted, judge = key_of(*key), TraceJudge(connection, settings.topic)
    with consistent_snapshot(connection):  # a figure that grows meanwhile is not of these records
        row = fetch_one(connection, statement("trace/figure"), asked) or {}
        corrections = fetch_all(connection, statement("trace/corrections"), asked)
        files = fetch_all(connection, statement("trace/files_of_hour"), asked)
        applied = list(_not_archived(connection, settings, wanted))
        positions = read_positions(connection, settings.topic)
        judge.look_up(hour)
    spans, not_read = _bounded([*applied, *_not_applied(log, positions)])
    fresh = (record for record in in_kafka(log, spans) if wanted.may_be(record.value))
    records = [*archived_of_key(settings, files, wanted), *fresh]
    traced = sorted(
        map(judge.judge, records), key=lambda found: (found.record.partition, found.record.offset)
    )
    shown, next_place = _page(traced, after, limit)
    return FigureTrace(
        hour_state=row.get("hour_state"),
        figure=figure_in(row),
        sealed_figure=figure_in(row, "hour_"),
        corrections=corrections,
        records=[_with_range(judge, found) for found in shown],
        found=len(traced),
        counted=_sums(traced),
        next_place=next_place,
        not_read=not_read,
    )


def _not_archived(connection: Connection[Cursor], settings: Settings, key: MinuteKey) -> Spans:
    """Applied ranges that may hold the key."""
    asked = {
        "topic": settings.topic,
        "start_ms": key.minute_ms,
        "end_ms": key.minute_ms + MINUTE_MS,
    }
    for row in fetch_all(connection, statement("trace/ranges_not_archived"), asked):
        span = OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
        yield span, row["rules_version"]


def _not_applied(log: TopicLog, positions: Mapping[int, Position]) -> Spans:
    """What nobody has applied yet."""
    for partition, end in sorted(log.stable_ends(positions).items()):
        yield OffsetRange(partition, positions[partition].next_offset, end), None


def _bounded(
    spans: Sequence[tuple[OffsetRange, int | None]],
) -> tuple[list[tuple[OffsetRange, int | None]], list[OffsetRange]]:
    read, left, room = [], [], MOST_READ
    for span, version in spans:
        if len(span) <= room:
            read.append((span, version))
            room -= len(span)
        else:
            left.append(span)
    return read, left


def _page(
    traced: Sequence[Traced], after: Place, limit: int
) -> tuple[Sequence[Traced], Place | None]:
    rest = [each for each in traced if (each.record.partition, each.record.offset) > after]
    if len(rest) <= limit:
        return rest, None
    last = rest[limit - 1].record
    return rest[:limit], (last.partition, last.offset)


def _with_range(judge: TraceJudge, found: Traced) -> Traced:
    return replace(found, counted_by=judge.range_of(found.record.partition, found.record.offset))


def _sums(traced: Sequence[Traced]) -> tuple[int, int]:
    events = [found.event for found in traced if found.verdict == COUNTED and found.event]
    return sum(event.click for event in events), len(events)
