"""What a segment counts to: totals for the proof, events by hour to find segments again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.contract.rules import Rules
from clickledger.mysql.connection import fetch_one, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement
from clickledger.transforms.count import counted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from batch.archive.segments import Segment

HOUR = f"minute_ms - pmod(minute_ms, {HOUR_MS})"


@dataclass
class Summary:
    """Counts of one segment under one version of the rules."""

    records: int = 0
    accepted: int = 0
    rejected: int = 0
    clicks: int = 0
    event_time_min_ms: int | None = None
    event_time_max_ms: int | None = None
    kafka_time_min_ms: int | None = None
    kafka_time_max_ms: int | None = None
    hours: dict[int, tuple[int, int]] = field(default_factory=dict)  # hour_ms: (events, clicks)

    def add(self, row: dict[str, Any]) -> None:
        """Add the records of one hour; ``hour_ms`` is null for the rejected ones."""
        self.records += row["records"]
        for name in ("event_time", "kafka_time"):
            self._widen(name, row[f"{name}_min_ms"], row[f"{name}_max_ms"])
        if row["hour_ms"] is None:
            self.rejected += row["records"]
            return
        self.accepted += row["records"]
        self.clicks += row["clicks"]
        self.hours[row["hour_ms"]] = (row["records"], row["clicks"])

    def _widen(self, name: str, least: int | None, most: int | None) -> None:
        for end, choose, value in (("min", min, least), ("max", max, most)):
            known = getattr(self, f"{name}_{end}_ms")
            values = [each for each in (known, value) if each is not None]
            setattr(self, f"{name}_{end}_ms", choose(values) if values else None)


def summarised(records: DataFrame, rules: Rules) -> Summary:
    """Count records by hour of event time: one Spark action, a row an hour comes back."""
    from pyspark.sql import functions as f

    rows = (
        counted(records, rules)
        .withColumn("hour_ms", f.expr(HOUR))
        .groupBy("hour_ms")
        .agg(
            f.sum("records").alias("records"),
            f.sum("clicks").alias("clicks"),
            f.min("time_min_ms").alias("event_time_min_ms"),
            f.max("time_max_ms").alias("event_time_max_ms"),
            f.min("kafka_time_min_ms").alias("kafka_time_min_ms"),
            f.max("kafka_time_max_ms").alias("kafka_time_max_ms"),
        )
        .collect()
    )
    summary = Summary()
    for row in rows:
        summary.add(row.asDict())
    return summary


@tried_again
def keep_summary(
    connection: Connection[Cursor], topic: str, segment: Segment, fingerprint: str, found: Summary
) -> bool:
    """Write a summary down, in one transaction.

    ``False``, and nothing is written: it is of other records than the segment holds by now, for a
    gap was closed meanwhile.
    """
    key = (topic, *segment.key)
    with transaction(connection), connection.cursor() as cursor:
        row = fetch_one(connection, statement("archive/lock_segment"), key)
        is_of_it = row is not None and row["records"] == found.records
        if is_of_it:
            add_summary(cursor, (*key, segment.rules_version), fingerprint, found)
    return is_of_it


def add_summary(
    cursor: Cursor, segment: tuple[str, int, int, int], fingerprint: str, found: Summary
) -> None:
    """Write a summary down, inside a transaction.

    ``segment``: topic, partition, start offset, rules version.
    """
    key = (*segment, fingerprint)
    row = (
        *(*key, found.accepted, found.rejected, found.clicks),
        *(found.event_time_min_ms, found.event_time_max_ms),
    )
    hours = [(from_epoch_ms(hour), *key, *counts) for hour, counts in sorted(found.hours.items())]
    cursor.execute(statement("archive/add_summary"), row)
    cursor.executemany(statement("archive/add_hours"), hours)
