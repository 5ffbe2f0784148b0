"""The gap's segment in the archive, and the one transaction that closes the gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.files import read_records, write_records, written_file
from batch.archive.segments import ArchiveFile
from batch.archive.summaries import Summary, add_summary, summarised
from clickledger.clock import from_epoch_ms
from clickledger.errors import ArchiveIncompleteError, OperationRefusedError
from clickledger.ledger.gaps import Gap
from clickledger.ledger.rules_versions import rules_of_version
from clickledger.mysql.connection import fetch_one, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement
from clickledger.release import transforms_fingerprint
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Written:
    """A file that nobody has listed yet, and what Spark counts in it."""

    file: ArchiveFile
    summary: Summary


def write_segment(
    connection: Connection[Cursor],
    spark: SparkSession,
    settings: Settings,
    gap: Gap,
    records: pa.Table,
    folder: str,
) -> Written:
    """Write the records as one file under ``folder`` (below the archive's), and read them back."""
    path = f"{settings.archive}/{folder}"
    write_records(spark.createDataFrame(records), path)
    rules = rules_of_version(connection, gap.rules_version)
    summary = summarised(read_records(spark, [path]), rules)
    name, size, digest = written_file(spark, path)
    file = ArchiveFile(f"{folder}/{name}", records.num_rows, size, digest)
    return Written(file, summary)


@tried_again
def close_gap(
    connection: Connection[Cursor],
    settings: Settings,
    gap: Gap,
    written: Written,
    row: Mapping[str, Any],
) -> bool:
    """List the files, close the gap, reopen its hours, together; ``False``: it was closed before.

    Raises:
        ArchiveIncompleteError: Spark counts the records otherwise than plain Python does.
    """
    summary = written.summary
    by_spark = (summary.records, summary.accepted, summary.rejected, summary.clicks)
    if by_spark != tuple(row[name] for name in ("records", "accepted", "rejected", "clicks")):
        raise ArchiveIncompleteError(f"{gap.span}: Spark counts {by_spark}, plain Python {row}.")
    span = gap.span
    key = {"topic": settings.topic, "partition": span.partition, "start": span.start}
    with transaction(connection), connection.cursor() as cursor:
        _lock_position(connection, settings.topic, span.partition, span.end)
        if cursor.execute(statement("ledger/close_gap"), {**key, **row}) != 1:
            return False
        _list(cursor, gap, written, key)
        segment = (settings.topic, span.partition, span.start, gap.rules_version)
        add_summary(cursor, segment, transforms_fingerprint(), summary)
        _reopen(cursor, summary)
    return True


def _lock_position(connection: Connection[Cursor], topic: str, partition: int, end: int) -> None:
    row = fetch_one(connection, statement("archive/lock_position"), (topic, partition))
    if row is None or row["next_offset"] < end:
        raise ArchiveIncompleteError(
            f"Partition {partition} is archived up to {row and row['next_offset']} only.",
            next_step="`clickledger archive`, then again",
        )


def _list(cursor: Cursor, gap: Gap, written: Written, key: Mapping[str, Any]) -> None:
    file = written.file
    row = (file.path, *key.values(), file.records, file.bytes, file.sha256)
    cursor.execute(statement("archive/add_file"), row)
    filled = {
        **key,
        "end": gap.span.end,
        "records": written.summary.records,
        "bytes": file.bytes,
        "kafka_time_min_ms": written.summary.kafka_time_min_ms,
        "kafka_time_max_ms": written.summary.kafka_time_max_ms,
    }
    if cursor.execute(statement("archive/fill_segment"), filled) != 1:
        raise OperationRefusedError(f"The archive's segment of {gap.span} is not the gap's.")
    cursor.execute(statement("archive/clear_summaries"), key)


def _reopen(cursor: Cursor, summary: Summary) -> None:
    if not summary.hours:
        return
    hours = ",".join(
        f"('{from_epoch_ms(hour)}','open',1,UTC_TIMESTAMP(3))" for hour in sorted(summary.hours)
    )
    cursor.execute(statement("sink/touch_hours").replace("{rows}", hours))
