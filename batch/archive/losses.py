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
from clickledger.mysql.connection import fetch_all, fetch_one
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
    connection: Connection[Cursor], topic: str, span: OffsetRange, hours: Collection[datetime]
) -> set[datetime]:
    """Which of ``hours`` may hold events of ``span``.

    The ledger knows the times of each range, but none of what was brought back into a gap: those
    are known from counts of the gap's segment. Offsets that it has no range of may be of any hour.
    """
    if not _is_booked(connection, topic, span):
        return set(hours)
    asked = {
        "hours": json.dumps([str(hour) for hour in hours]),
        "topic": topic,
        "partition": span.partition,
        "start": span.start,
        "end": span.end,
    }
    counted = fetch_all(connection, statement("archive/hours_of_segments"), asked)
    return _within(_times(connection, topic, span, "event"), hours) | {
        row["hour"] for row in counted
    }


def hours_of_arrival(
    connection: Connection[Cursor], topic: str, span: OffsetRange, hours: Collection[datetime]
) -> set[datetime]:
    """In which of ``hours`` records of ``span`` may have arrived."""
    if not _is_booked(connection, topic, span):
        return set(hours)
    return _within(_times(connection, topic, span, "arrival"), hours)


def _is_booked(connection: Connection[Cursor], topic: str, span: OffsetRange) -> bool:
    key = (topic, span.partition, span.start, span.end)
    row = fetch_one(connection, statement("ledger/booked"), key)
    return row is not None and row["offsets"] == len(span)


def _times(
    connection: Connection[Cursor], topic: str, span: OffsetRange, of: str
) -> set[tuple[int, int]]:
    key = (topic, span.partition, span.start, span.end)
    rows = fetch_all(connection, statement("archive/times_of_ranges"), key)
    return {
        (row[f"first_{of}"], row[f"last_{of}"]) for row in rows if row[f"first_{of}"] is not None
    }


def _within(spans: Collection[tuple[int, int]], hours: Collection[datetime]) -> set[datetime]:
    numbers = {hour: to_epoch_ms(hour) // HOUR_MS for hour in hours}
    return {hour for hour, n in numbers.items() if any(first <= n <= last for first, last in spans)}
