"""Three counts of the same hours: the stream's, Spark's and DuckDB's from the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.due import HOUR
from batch.recount.by_duckdb import counted_by_duckdb, local_parts
from batch.recount.by_spark import recounted
from batch.recount.copies import surplus_by_duckdb, surplus_copies, without
from batch.recount.minutes import empty_minutes, within
from batch.recount.snapshot import Group, Snapshot, TypeRow
from batch.recount.sources import Sources
from clickledger.clock import HOUR_MS, to_epoch_ms
from clickledger.failpoints import reach
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROWS_A_CHUNK = 500_000  # minute rows


@dataclass(frozen=True, slots=True)
class Counts:
    """Three counts of one hour, and the type rows that go with the stream's.

    ``copies``: surplus ones that the recount of ``sources`` leaves out.
    """

    hour: datetime
    stream: pa.Table
    recount: pa.Table
    audit: pa.Table
    types: Mapping[Group, TypeRow]
    copies: pa.Table
    sources: Sources

    @property
    def is_silent(self) -> bool:
        """Whether nobody has counted anything."""
        return not (self.stream or self.recount or self.audit or self.types)


def count_hours(
    spark: SparkSession, settings: Settings, snapshot: Snapshot, sources: Sources
) -> Iterator[Counts]:
    """The counts of the hours of ``sources``, below the snapshot's cut."""
    hours_ms = [to_epoch_ms(hour) for hour in sources.hours]
    recount = recounted(spark, sources.parts, hours_ms)
    audit = counted_by_duckdb(local_parts(spark, sources.parts), hours_ms)
    surplus = empty_minutes()
    if settings.duplicates != "count":
        surplus = surplus_copies(spark, sources.parts, hours_ms)
        recount = without(recount, surplus)
        near = local_parts(spark, sources.parts)
        audit = without(audit, surplus_by_duckdb(near, hours_ms))
    reach("recounted")
    for hour, start in zip(sources.hours, hours_ms, strict=True):
        end = start + HOUR_MS
        types = {key: row for key, row in snapshot.types.items() if start <= key[0] < end}
        stream, again, other, copies = (
            within(table, start, end) for table in (snapshot.minutes, recount, audit, surplus)
        )
        yield Counts(hour, stream, again, other, types, copies, sources)


def chunks(
    connection: Connection[Cursor], topic: str, hours: Sequence[datetime]
) -> Iterator[list[datetime]]:
    """Ascending hours in chunks of about as many minute rows, so that memory stays flat."""
    chunk: list[datetime] = []
    rows = 0
    sizes = _sizes(connection, topic, hours)
    for hour in hours:
        if chunk and rows + sizes[hour] > ROWS_A_CHUNK:
            yield chunk
            chunk, rows = [], 0
        chunk.append(hour)
        rows += sizes[hour]
    if chunk:
        yield chunk


def _sizes(
    connection: Connection[Cursor], topic: str, hours: Sequence[datetime]
) -> dict[datetime, int]:
    """About how many minute rows each hour comes to: of those counted, or archived if that is more.

    What is archived may be rejected so far, or its minute rows may be dropped.
    """
    if not hours:
        return {}
    span = (hours[0], hours[-1] + HOUR)
    counted = fetch_all(connection, statement("batch/rows_by_hour"), span)
    held = fetch_all(connection, statement("batch/archived_by_hour"), (*span, topic))
    archived = {row["hour"]: int(row["events"]) for row in held}
    sizes = dict.fromkeys(hours, 0) | archived
    for row in counted:
        rows, events = int(row["minute_rows"]), int(row["events"])
        more = archived.get(row["hour"], 0) - events
        sizes[row["hour"]] = rows + more * rows // events if more > 0 and events > 0 else rows
    return sizes
