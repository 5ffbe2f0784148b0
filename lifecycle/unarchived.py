"""Early warning: Kafka's retention comes near what is not archived yet.

What Kafka drops before it was archived can never be counted again: figures stay, their proof goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import HOUR_MS, to_epoch_ms, utc_now
from clickledger.kafka.topic_log import LogBounds, TopicLog
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings


def warning(connection: Connection[Cursor], settings: Settings) -> str:
    """What is in danger, in words; empty: nothing is.

    Raises:
        KafkaUnreachableError, ConfigurationError: the topic cannot be asked.
    """
    rows = fetch_all(connection, statement("lifecycle/unarchived"), (settings.topic,))
    with TopicLog(settings) as log:
        bounds = log.bounds([row["kafka_partition"] for row in rows])
        retention_ms = log.retention_ms()
    now_ms = to_epoch_ms(utc_now())
    return "; ".join(in_danger(rows, bounds, retention_ms, now_ms, share=settings.archive_warning))


def in_danger(
    rows: Sequence[Mapping[str, Any]],
    bounds: Mapping[int, LogBounds],
    retention_ms: int | None,
    now_ms: int,
    *,
    share: float,
) -> Iterator[str]:
    """``rows``: of sql/lifecycle/unarchived; ``share`` of the retention that may be used up."""
    for row in rows:
        partition, start = row["kafka_partition"], row["start_offset"]
        age_ms = now_ms - row["kafka_time_min_ms"]
        if bounds[partition].start > start:
            yield (
                f"partition {partition}: Kafka has dropped offsets from {start:,} to"
                f" {bounds[partition].start:,} that were not archived"
            )
        elif retention_ms is not None and age_ms >= share * retention_ms:
            left_h = max(retention_ms - age_ms, 0) / HOUR_MS
            yield (
                f"partition {partition}: offset {start:,} is not archived, and Kafka keeps it for"
                f" {left_h:,.1f} h more of {retention_ms / HOUR_MS:,.1f} h"
            )
