"""An operator's wishes to the stream: rows in MySQL that its driver obeys, whoever runs it."""

from __future__ import annotations

import getpass
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from cli.stream_state import ENDED, read_state, verdict
from clickledger.errors import ClickledgerError, UsageError
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement

POLL_S = 0.05


class DrainTimeoutError(ClickledgerError):
    """The stream did not come to rest in time; it still will."""


def operator() -> str:
    """Who is asking: the user and the machine."""
    return f"{getpass.getuser()}@{socket.gethostname()}"[:128]


def desire(connection: Connection[Cursor], state: str, reason: str, by: str) -> None:
    """Write what the stream is wanted to be: ``running`` or ``drained``."""
    with connection.cursor() as cursor:
        cursor.execute(statement("stream/desire"), (state, by, reason))


def drain(
    connection: Connection[Cursor],
    reason: str,
    by: str,
    timeout_s: float,
    *,
    on_wait: Callable[[str], None] = lambda verdict: None,
) -> dict[str, Any]:
    """Ask for a drain and wait until no driver runs; the state then, with ``took_ms``.

    Raises:
        DrainTimeoutError: the driver has not ended by then.
    """
    began = time.monotonic()
    desire(connection, "drained", reason, by)
    told = ""
    while (row := read_state(connection))["state"] not in ENDED:
        waited_s = time.monotonic() - began
        if waited_s > timeout_s:
            raise DrainTimeoutError(
                f"The stream did not drain within {timeout_s:g} s: {verdict(row)}.",
                next_step="it drains when it can; if its process is dead or frozen, end it and"
                " look again",
            )
        if (now := verdict(row)) != told:
            on_wait(told := now)
        time.sleep(POLL_S)
    return {**row, "took_ms": round((time.monotonic() - began) * 1000)}


def await_ending(
    connection: Connection[Cursor], is_alive: Callable[[], bool], timeout_s: float = 60
) -> None:
    """Wait for a driver that is on its way out: it says so before its process has ended.

    Raises:
        DrainTimeoutError: its process is still there after that time.
    """
    deadline = time.monotonic() + timeout_s
    while read_state(connection)["state"] in ENDED | {"draining"} and is_alive():
        if time.monotonic() > deadline:
            raise DrainTimeoutError(
                f"The stream's old process has not ended within {timeout_s:g} s.",
                next_step="look into its log (`make logs NAME=stream`), then start again",
            )
        time.sleep(POLL_S)


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
    connection.begin()
    try:
        with connection.cursor() as cursor:
            # Operators act one after the other: two at once could share a token half and half.
            cursor.execute(f"{statement('stream/desired')} FOR UPDATE")
            known = _recorded(connection, wanted.token)
            if known and known != {(wanted.topic, span) for span in wanted.ranges}:
                raise UsageError(
                    f"The token {wanted.token!r} was used before, for other ranges.",
                    next_step="take another token for another act",
                )
            if not known:
                cursor.executemany(statement("cli/add_allowance"), _rows(wanted))
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return not known


def _recorded(connection: Connection[Cursor], token: str) -> set[tuple[str, OffsetRange]]:
    rows = fetch_all(connection, statement("cli/allowances_of_token"), (token,))
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
