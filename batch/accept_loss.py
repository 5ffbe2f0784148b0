"""Accept that raw records are lost: the archive goes on behind them, and says so for ever.

Kafka dropped them before they were archived, or their files cannot be restored. Only what is lost
indeed can be accepted, and only when it is named exactly. The figures stay as the stream counted
them; no hour that the records may belong to is called reconciled.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.segments import (
    Segment,
    archive_positions,
    booked,
    claim,
    drop_claim,
    first_record,
    list_segment,
    segment_at,
)
from batch.recount.sources import Archive
from batch.spark import batch_session
from clickledger.errors import OperationRefusedError, UsageError
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange, next_offsets, read_positions
from clickledger.mysql.connection import connected, fetch_one, transaction
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Word:
    """Who accepts, and why."""

    by: str
    reason: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.reason) <= 1024:
            raise UsageError("A reason has 1 to 1,024 characters.")


def lost_ranges(settings: Settings) -> list[OffsetRange]:
    """What Kafka has dropped of what is not archived."""
    with connected(settings, Role.READER) as connection, TopicLog(settings) as log:
        return _lost_to_kafka(connection, log)


def accept_loss(
    settings: Settings,
    span: OffsetRange,
    word: Word,
    session: Callable[[Settings], AbstractContextManager[SparkSession]] = batch_session,
) -> None:
    """Accept a range that Kafka has dropped, or a segment of which a file is not right.

    Raises:
        OperationRefusedError: these are not exactly the offsets that are lost.
    """
    with connected(settings, Role.BATCH) as connection, TopicLog(settings) as log:
        if archive_positions(connection, settings.topic).get(span.partition, 0) < span.end:
            _accept_unarchived(connection, log, span, word)
            return
        segment = segment_at(connection, settings.topic, span.partition, span.start)
        if segment is None or segment.span != span:
            raise OperationRefusedError(
                f"{span} is no segment of the archive.",
                next_step="name the segment that `clickledger reconcile` names",
            )
        with session(settings) as spark:
            if not Archive(spark, settings).broken(connection, segment):
                raise OperationRefusedError(f"Nothing is lost: the files of {span} are right.")
        _keep(connection, settings.topic, segment, word)


def _lost_to_kafka(connection: Connection[Cursor], log: TopicLog) -> list[OffsetRange]:
    """What Kafka has dropped of what is not archived: whole ranges of the ledger."""
    positions = read_positions(connection, log.topic)
    ends = next_offsets(positions)
    behind = {
        partition: at
        for partition, at in archive_positions(connection, log.topic).items()
        if at < ends[partition]
    }
    topic_id, bounds = log.describe().topic_id, log.bounds(behind)
    found = []
    for partition, at in sorted(behind.items()):
        start, needed = bounds[partition].start, first_record(connection, log.topic, partition, at)
        if positions[partition].topic_id == topic_id and needed is not None and needed < start:
            end = _next_range(connection, log.topic, partition, start) or ends[partition]
            found.append(OffsetRange(partition, at, end))
    return found


def _next_range(connection: Connection[Cursor], topic: str, partition: int, at: int) -> int | None:
    row = fetch_one(connection, statement("archive/next_range"), (topic, partition, at)) or {}
    return row.get("start_offset")


def _accept_unarchived(
    connection: Connection[Cursor], log: TopicLog, span: OffsetRange, word: Word
) -> None:
    """Go on behind a range that Kafka has dropped: segments without files take its place."""
    lost = _lost_to_kafka(connection, log)
    if span not in lost:
        named = "; ".join(map(str, lost)) or "nothing"
        raise OperationRefusedError(
            f"Not {span} is lost, but {named}.", next_step="name exactly what is lost"
        )
    topic = log.topic
    with transaction(connection):
        drop_claim(connection, topic, span.partition, span.start)
    while archive_positions(connection, topic)[span.partition] < span.end:
        _list_without_files(connection, topic, span, word)


def _list_without_files(
    connection: Connection[Cursor], topic: str, span: OffsetRange, word: Word
) -> None:
    segment = claim(connection, topic, span.partition, span.end, len(span))
    if segment is None or segment.span.end > span.end:
        raise OperationRefusedError(
            "Somebody else archives this partition now.", next_step="run it again"
        )
    _keep(connection, topic, segment, word)
    found = booked(connection, topic, segment)
    list_segment(connection, topic, segment, [], (None, None), found)


def _keep(connection: Connection[Cursor], topic: str, segment: Segment, word: Word) -> None:
    """Write it down, once. Nothing but holes: nothing is lost."""
    span, records = segment.span, booked(connection, topic, segment).records
    row = (topic, span.partition, span.start, span.end, records, word.by, word.reason)
    with transaction(connection), connection.cursor() as cursor:
        if records:
            cursor.execute(statement("archive/add_loss"), row)
