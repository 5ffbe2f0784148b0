"""Early warning: Kafka's retention comes near what is not archived yet.

What Kafka drops before it was archived can never be counted again: figures stay, their proof goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import HOUR_MS, to_epoch_ms, utc_now
from clickledger.kafka.topic_log import LogBounds, Retention, TopicLog
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

MB = 1_000_000


@dataclass(frozen=True)
class KeptLog:
    """What Kafka has of a topic now; ``sizes`` (bytes) only where its size is bounded."""

    bounds: Mapping[int, LogBounds]
    retention: Retention
    sizes: Mapping[int, int]
    now_ms: int


def warning(connection: Connection[Cursor], settings: Settings) -> str:
    """What is in danger, in words; empty: nothing is.

    Raises:
        KafkaUnreachableError, ConfigurationError: the topic cannot be asked.
    """
    rows = fetch_all(connection, statement("lifecycle/unarchived"), (settings.topic,))
    with TopicLog(settings) as log:
        bounds = log.bounds([row["kafka_partition"] for row in rows])
        retention = log.retention()
        sizes = log.sizes() if retention.bytes is not None else {}
    kept = KeptLog(bounds, retention, sizes, to_epoch_ms(utc_now()))
    return "; ".join(in_danger(rows, kept, settings.archive_warning))


def in_danger(rows: Sequence[Mapping[str, Any]], kept: KeptLog, share: float) -> Iterator[str]:
    """``rows``: of sql/lifecycle/unarchived; ``share`` of the retention that may be used up."""
    for row in rows:
        start, bounds = row["start_offset"], kept.bounds[row["kafka_partition"]]
        if bounds.start > start:
            danger = (
                f"Kafka has dropped offsets from {start:,} to {bounds.start:,} that were not"
                " archived"
            )
        else:
            age_ms = kept.now_ms - row["kafka_time_min_ms"]
            danger = _by_time(start, age_ms, kept.retention.ms, share) or _by_size(
                start, _bytes_from(start, row["kafka_partition"], kept), kept.retention.bytes, share
            )
        if danger:
            yield f"partition {row['kafka_partition']}: {danger}"


def _by_time(start: int, age_ms: int, retention_ms: int | None, share: float) -> str:
    if retention_ms is None or age_ms < share * retention_ms:
        return ""
    left_h = max(retention_ms - age_ms, 0) / HOUR_MS
    return (
        f"offset {start:,} is not archived, and Kafka keeps it for {left_h:,.1f} h more of"
        f" {retention_ms / HOUR_MS:,.1f} h"
    )


def _by_size(start: int, waiting: float, retention_bytes: int | None, share: float) -> str:
    if retention_bytes is None or waiting < share * retention_bytes:
        return ""
    return (
        f"{waiting / MB:,.1f} MB from offset {start:,} on are not archived, and Kafka keeps"
        f" {retention_bytes / MB:,.1f} MB"
    )


def _bytes_from(start: int, partition: int, kept: KeptLog) -> float:
    """About: as if all records were of one size."""
    bounds = kept.bounds[partition]
    records = max(bounds.end - bounds.start, 1)
    return kept.sizes.get(partition, 0) * (bounds.end - start) / records
