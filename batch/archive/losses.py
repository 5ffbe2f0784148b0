"""Raw records that are gone: what was accepted as lost, and which hours it concerns."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import HOUR_MS, to_epoch_ms
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement


@dataclass(frozen=True, slots=True)
class Loss:
    """One row of ``archive_losses``: a segment that has no records any more."""

    span: OffsetRange
    records: int
    accepted_at: datetime
    accepted_by: str
    reason: str

    def __str__(self) -> str:
        """What an hour that it concerns says."""
        return f"{self.span} was accepted as lost by {self.accepted_by}: {self.reason}"


def read_losses(connection: Connection[Cursor], topic: str) -> list[Loss]:
    """All that were accepted, in the order of their offsets."""
    return [
        Loss(
            OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"]),
            *(row[name] for name in ("records", "accepted_at", "accepted_by", "reason")),
        )
        for row in fetch_all(connection, statement("archive/losses"), (topic,))
    ]


def concerned_hours(
    connection: Connection[Cursor],
    topic: str,
    span: OffsetRange,
    hours: Collection[datetime],
    *,
    arrivals: bool,
) -> set[datetime]:
    """Which of ``hours`` may hold events of ``span``, or records that arrived in them.

    The ledger knows the times of each range, but none of what was brought back into a gap: those
    are known from counts of the gap's segment.
    """
    key = (topic, span.partition, span.start, span.end)
    spans = set()
    for row in fetch_all(connection, statement("archive/times_of_ranges"), key):
        spans.add((row["first_event"], row["last_event"]))
        if arrivals:
            spans.add((row["first_arrival"], row["last_arrival"]))
    spans.discard((None, None))
    numbers = {hour: to_epoch_ms(hour) // HOUR_MS for hour in hours}
    asked = {
        "hours": json.dumps([str(hour) for hour in hours]),
        **dict(zip(("topic", "partition", "start", "end"), key, strict=True)),
    }
    counted = fetch_all(connection, statement("archive/hours_of_segments"), asked)
    return {row["hour"] for row in counted} | {
        hour for hour, n in numbers.items() if any(first <= n <= last for first, last in spans)
    }
