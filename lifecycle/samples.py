"""What is known of applied ranges that were counted again (``lifecycle.recount``)."""

from __future__ import annotations

from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement


def last_sample(connection: Connection[Cursor], epoch: int) -> dict[str, Any] | None:
    """The newest range of the epoch that has been sampled; a row of ``sampled_ranges``."""
    return fetch_one(connection, statement("lifecycle/last_sample"), (epoch,))


def wrong_samples(connection: Connection[Cursor], epoch: int) -> tuple[str, ...]:
    """What the epoch is known to have counted wrongly: the first few."""
    rows = fetch_all(connection, statement("lifecycle/wrong_samples"), (epoch,))
    return tuple(row["differences"] for row in rows)


def suspect_ranges(connection: Connection[Cursor], epoch: int) -> list[OffsetRange]:
    """What is to be restated of an epoch that counts wrongly: all since the last right sample."""
    rows = fetch_all(connection, statement("lifecycle/suspect_ranges"), {"epoch": epoch})
    return [span_of(row) for row in rows]


def span_of(row: dict[str, Any]) -> OffsetRange:
    """The range of a row."""
    return OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
