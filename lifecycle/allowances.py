"""An operator's word that named ranges may be rejected: the driver reads it at its next start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import UsageError
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all, transaction
from clickledger.mysql.statements import statement


@dataclass(frozen=True)
class Allowance:
    """An operator's word that ranges of a topic may be rejected; the token makes it one act."""

    token: str
    topic: str
    ranges: tuple[OffsetRange, ...]
    reason: str
    by: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.token) <= 64 or not 1 <= len(self.reason) <= 1024:
            raise UsageError("A token has 1 to 64 characters, a reason 1 to 1,024.")
        if len({span.partition for span in self.ranges}) < len(self.ranges):
            raise UsageError(
                "A token names one range a partition.",
                next_step="join the ranges, or give the second one with another token",
            )


def allow(connection: Connection[Cursor], wanted: Allowance) -> bool:
    """Record the allowance; ``False`` when the same token has said the same before.

    Raises:
        UsageError: the token was used for other ranges.
    """
    with transaction(connection), connection.cursor() as cursor:
        # Operators act one after the other: two at once could share a token half and half.
        cursor.execute(f"{statement('stream/desired')} FOR UPDATE")
        known = _recorded(connection, wanted.token)
        if known and known != {(wanted.topic, span) for span in wanted.ranges}:
            raise UsageError(
                f"The token {wanted.token!r} was used before, for other ranges.",
                next_step="take another token for another act",
            )
        if not known:
            cursor.executemany(statement("lifecycle/add_allowance"), _rows(wanted))
    return not known


def _recorded(connection: Connection[Cursor], token: str) -> set[tuple[str, OffsetRange]]:
    rows = fetch_all(connection, statement("lifecycle/allowances_of_token"), (token,))
    return {
        (
            row["topic"],
            OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"]),
        )
        for row in rows
    }


def _rows(wanted: Allowance) -> list[dict[str, Any]]:
    return [
        {
            "token": wanted.token,
            "topic": wanted.topic,
            "partition": span.partition,
            "start": span.start,
            "end": span.end,
            "by": wanted.by,
            "reason": wanted.reason,
        }
        for span in wanted.ranges
    ]
