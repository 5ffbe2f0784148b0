"""Corrections: signed deltas that commute with the stream, each with before and after (P6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.correct.ownership import bump, locked_hour
from batch.recount.compare import Difference
from clickledger.clock import from_epoch_ms
from clickledger.errors import NotReconciledError
from clickledger.failpoints import reach
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement

REOPENED = "reopened"  # until it is marked again: its hour rows are no longer right
ROWS_A_TRANSACTION = 500  # the stream waits for the hour's lock meanwhile
Key = tuple[datetime, str, str]  # minute, device_type, device_id
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delta:
    """What is to be added to one minute row, and why."""

    minute: datetime
    device_type: str
    device_id: str
    clicks: int
    events: int
    cause: Cause
    moves_books: bool
    undoes: int | None = None  # the correction that this one takes back

    @property
    def key(self) -> Key:
        """Primary key."""
        return self.minute, self.device_type, self.device_id


def deltas(parts: Mapping[Cause, Iterable[Difference]]) -> list[Delta]:
    """What corrects differences by their causes, in the order in which to apply it.

    What adds events comes first, what takes them away last: no row falls below zero in between.
    """
    found = [
        Delta(
            minute=from_epoch_ms(each.minute_ms),
            device_type=each.device_type,
            device_id=each.device_id,
            clicks=each.clicks_delta,
            events=each.events_delta,
            cause=cause,
            moves_books=cause.moves_books,
        )
        for cause, differences in parts.items()
        for each in differences
    ]
    return sorted(found, key=lambda delta: (-_sign(delta.events), delta.key))


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def apply_corrections(
    connection: Connection[Cursor], run: str, hour: datetime, wanted: Sequence[Delta]
) -> int:
    """Apply deltas to an hour of ours; returns how often its version was bumped.

    Raises:
        OvertakenError: a newer run owns the hour; what was applied before stays, with its rows.
        NotReconciledError: a row would fall below zero: it has changed in a way no stream can.
    """
    bumps = 0
    for chunk in _chunks(wanted):
        _apply_chunk(connection, run, hour, chunk)
        bumps += 1
        reach("correction_applied")
    return bumps


@tried_again
def _apply_chunk(
    connection: Connection[Cursor], run: str, hour: datetime, chunk: Sequence[Delta]
) -> None:
    with locked_hour(connection, run, hour):
        _apply(connection, run, hour, chunk)
        bump(connection, hour, REOPENED)
        reach("inside_correction")


def rebuild_types(
    connection: Connection[Cursor], run: str, hour: datetime, groups: Iterable[tuple[int, str]]
) -> int:
    """Make type rows the sums of their minute rows again; returns the bumps of the version."""
    wanted = sorted((from_epoch_ms(minute), kind) for minute, kind in groups)
    bumps = 0
    for chunk in _chunks(wanted):
        _rebuild_chunk(connection, run, hour, chunk)
        bumps += 1
    return bumps


@tried_again
def _rebuild_chunk(
    connection: Connection[Cursor], run: str, hour: datetime, chunk: Sequence[tuple[datetime, str]]
) -> None:
    with locked_hour(connection, run, hour):
        _rebuild(connection, chunk)
        bump(connection, hour, REOPENED)


def _chunks(wanted: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(wanted), ROWS_A_TRANSACTION):
        yield wanted[start : start + ROWS_A_TRANSACTION]


def _apply(
    connection: Connection[Cursor], run: str, hour: datetime, chunk: Sequence[Delta]
) -> None:
    counts = _locked(connection, chunk)
    rows = []
    with connection.cursor() as cursor:
        for delta in chunk:
            clicks, events = counts.get(delta.key, (0, 0))
            after = (clicks + delta.clicks, events + delta.events)
            _require_possible(delta, after)
            if after[1]:
                cursor.execute(statement("batch/set_minute_row"), (*delta.key, *after))
            else:
                cursor.execute(statement("batch/delete_minute_row"), delta.key)
            counts[delta.key] = after
            change = (clicks, events, delta.clicks, delta.events, *after)
            rows.append((run, hour, *delta.key, delta.cause, delta.moves_books, *change))
        cursor.executemany(statement("batch/add_correction"), rows)
        undone = [(run, delta.undoes) for delta in chunk if delta.undoes is not None]
        if undone and cursor.executemany(statement("batch/mark_undone"), undone) != len(undone):
            raise NotReconciledError(f"{hour}: a correction of it was taken back meanwhile.")
    _rebuild(connection, {(delta.minute, delta.device_type) for delta in chunk})


def _locked(connection: Connection[Cursor], chunk: Sequence[Delta]) -> dict[Key, tuple[int, int]]:
    keys = json.dumps([(str(delta.minute), delta.device_type, delta.device_id) for delta in chunk])
    rows = fetch_all(connection, statement("batch/lock_minute_rows"), (keys,))
    return {
        (row["minute"], row["device_type"], row["device_id"]): (row["clicks"], row["events"])
        for row in rows
    }


def _require_possible(delta: Delta, after: tuple[int, int]) -> None:
    clicks, events = after
    if clicks < 0 or events < 0 or (events == 0 and clicks > 0):
        raise NotReconciledError(
            f"{delta.minute} {delta.device_type} {delta.device_id!r} would come to"
            f" {clicks:,} clicks of {events:,} events: the row was changed meanwhile.",
            next_step="reconcile the hour again",
        )


def _rebuild(connection: Connection[Cursor], groups: Iterable[tuple[datetime, str]]) -> None:
    with connection.cursor() as cursor:
        for minute, kind in sorted(groups):
            row = {"minute": minute, "device_type": kind}
            cursor.execute(statement("batch/rebuild_type_row"), row)
            cursor.execute(statement("batch/delete_empty_type_row"), (minute, kind))
