"""Take a run's corrections back, by inverse corrections (protocol P6).

The hours are reopened and held in one transaction, before the first row changes: until a person has
decided, nothing corrects them again. From there on an undo that was killed is finished by the next:
it takes back what still stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.correct.corrections import ROWS_A_TRANSACTION, Delta, apply_corrections
from batch.run import Run, new_run, recorded
from clickledger.errors import OperationRefusedError, UsageError
from clickledger.failpoints import reach
from clickledger.mysql.connection import connected, fetch_all, fetch_one, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import placeholders, statement
from clickledger.settings import Role, Settings

NEWEST = 2**63 - 1
A_RUN = re.compile(r"[0-9a-f-]{4,36}")


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo came to; no ``run`` where nothing was left to take back."""

    undoes: str
    run: str = ""
    hours: Sequence[datetime] = ()
    rows: int = 0


def run_of(connection: Connection[Cursor], name: str) -> dict[str, Any]:
    """A row of ``reconcile_runs`` by its name or the beginning of it.

    Raises:
        UsageError: there is none, or more than one.
    """
    rows = fetch_all(connection, statement("batch/run"), (name,)) if A_RUN.fullmatch(name) else []
    if len(rows) != 1:
        raise UsageError(
            f"{'No run' if not rows else 'More than one run'} is named {name!r}.",
            next_step="`clickledger corrections list` shows them",
        )
    return rows[0]


def undo(
    settings: Settings,
    name: str,
    by: str,
    reason: str,
    heard: Callable[[datetime, int], None] = lambda hour, rows: None,
) -> Undone:
    """Take back what still stands of a run. Twice is the same as once.

    Raises:
        UsageError: there is no such run, or it is an undo itself.
        OperationRefusedError: a later run that stands has touched one of its keys; nothing changed.
        OvertakenError: a newer run took an hour over; what was taken back until then stays so.
    """
    with connected(settings, Role.BATCH) as connection:
        found = run_of(connection, name)
        if found["action"] == "undo":
            raise UsageError(
                f"Run {found['run']} is an undo itself.",
                next_step="`clickledger hours release HOUR`, then reconcile or restate again",
            )
        return take_back(connection, settings, found["run"], by, reason, heard=heard)


def take_back(
    connection: Connection[Cursor],
    settings: Settings,
    undoes: str,
    by: str,
    reason: str,
    *,
    only: Collection[datetime] | None = None,
    heard: Callable[[datetime, int], None] = lambda hour, rows: None,
) -> Undone:
    """``undo`` for a run that is known; ``only`` are the hours of it that are meant."""
    rows = fetch_all(connection, statement("batch/standing_hours"), {"run": undoes})
    hours = [row["hour"] for row in rows if only is None or row["hour"] in only]
    if not hours:
        return Undone(undoes)
    run = new_run(settings, "undo", f"run {undoes}", by, reason)
    with recorded(connection, run) as ended:
        _reopen(connection, run, undoes, hours)
        reach("hours_reopened")
        rows_taken = 0
        for hour in hours:
            rows_of_hour = sum(_undo_hour(connection, run.run, undoes, hour))
            heard(hour, rows_of_hour)
            rows_taken += rows_of_hour
        ended("ok", {"undoes": undoes, "rows": rows_taken, "hours": hours})
    return Undone(undoes, run.run, hours, rows_taken)


@tried_again
def _reopen(
    connection: Connection[Cursor], run: Run, undoes: str, hours: Sequence[datetime]
) -> None:
    """Own, reopen and hold the hours, and withdraw restatements: all of it, or nothing."""
    why = f"corrections of run {undoes} were taken back: {run.reason}"[:1024]
    with transaction(connection), connection.cursor() as cursor:
        if cursor.execute(_of_hours("reopen_hours", hours), (run.run, *hours)) != len(hours):
            raise OperationRefusedError(f"Hours of run {undoes} are sealed.")
        _refuse_if_built_upon(connection, undoes, hours)
        cursor.executemany(statement("batch/hold_hour"), [(hour, run.run, why) for hour in hours])
        withdraw = _of_hours("withdraw_restatements", hours)
        cursor.execute(withdraw, (run.run, undoes, *hours))


def _refuse_if_built_upon(
    connection: Connection[Cursor], run: str, hours: Sequence[datetime]
) -> None:
    key = (run, *hours)
    if later := fetch_one(connection, _of_hours("later_correction", hours), key):
        row = f"{later['minute']} {later['device_type']} {later['device_id']!r}"
        raise _built_upon(run, later["run"], f"corrected {row}")
    if later := fetch_one(connection, _of_hours("later_restatement", hours), key):
        raise _built_upon(run, later["run"], f"restated {later['hour']}")
    if odd := fetch_one(connection, _of_hours("impossible_inverse", hours), key):
        raise OperationRefusedError(
            f"{odd['minute']} {odd['device_type']} {odd['device_id']!r} would come to"
            f" {odd['clicks']:,} clicks of {odd['events']:,} events: somebody has changed the row.",
            next_step="reconcile the hour first",
        )


def _built_upon(run: str, later: str, did: str) -> OperationRefusedError:
    return OperationRefusedError(
        f"Run {later} {did} after run {run} did, and still stands.",
        next_step=f"`clickledger corrections undo {later}` first",
    )


def _of_hours(name: str, hours: Sequence[datetime]) -> str:
    return statement(f"batch/{name}").format(hours=placeholders(hours))


def _undo_hour(
    connection: Connection[Cursor], run: str, undoes: str, hour: datetime
) -> Iterator[int]:
    """The last correction first; gives how many rows each transaction took back."""
    before = NEWEST
    while True:
        key = (undoes, hour, before, ROWS_A_TRANSACTION)
        rows = fetch_all(connection, statement("batch/standing_corrections"), key)
        if not rows:
            return
        apply_corrections(connection, run, hour, [_inverse(row) for row in rows])
        before = rows[-1]["id"]
        yield len(rows)


def _inverse(row: dict[str, Any]) -> Delta:
    return Delta(
        minute=row["minute"],
        device_type=row["device_type"],
        device_id=row["device_id"],
        clicks=-row["clicks_delta"],
        events=-row["events_delta"],
        cause=Cause(row["cause"]),
        moves_books=bool(row["moves_books"]),
        undoes=row["id"],
    )
