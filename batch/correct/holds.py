"""Held hours: nobody publishes or corrects them until a person has decided.

An hour that differs for no known reason, or breaks a check, also has an open row in
``hour_incidents``, which ends with the hold.
"""

from __future__ import annotations

from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.correct.ownership import bump, locked_hour
from batch.run import Run
from clickledger.errors import UsageError
from clickledger.mysql.connection import fetch_one, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement

UNEXPLAINED = "its figures differ from the recount, and nobody knows why"
BROKEN = "its tables contradict each other"
CHECK_FAILED = "check failed"  # the cause, in an incident
NEXT_STEP = "docs/runbooks/hour-differs.md"


@tried_again
def hold_unexplained(
    connection: Connection[Cursor], run: str, hour: datetime, detail: str = ""
) -> None:
    """Hold an hour of ours whose difference has no known cause, and open its incident.

    Raises:
        OvertakenError: a newer run owns the hour, and may have explained it. Nothing is written.
    """
    with locked_hour(connection, run, hour):
        _hold(connection, run, hour, UNEXPLAINED, cause=Cause.UNKNOWN, detail=detail)


@tried_again
def hold_broken(
    connection: Connection[Cursor], run: str, hour: datetime, version: int, detail: str
) -> bool:
    """Hold and reopen an hour that breaks a check, and open its incident, in one transaction.

    ``False``, and nothing is changed: its version is not ``version``, at which it was looked at.
    """
    with transaction(connection):
        row = fetch_one(connection, statement("batch/lock_hour"), (hour,))
        is_as_seen = row is not None and row["version"] == version
        if is_as_seen:
            _hold(connection, run, hour, BROKEN, cause=CHECK_FAILED, detail=detail)
            bump(connection, hour, "reopened")
    return is_as_seen


def _hold(
    connection: Connection[Cursor],
    run: str,
    hour: datetime,
    reason: str,
    *,
    cause: str,
    detail: str,
) -> None:
    row = {
        "hour": hour,
        "run": run,
        "cause": cause,
        "detail": detail or reason,
        "next_step": NEXT_STEP,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/hold_hour"), (hour, run, reason))
        if not cursor.execute(statement("batch/see_hour_incident"), row):
            cursor.execute(statement("batch/add_hour_incident"), row)


@tried_again
def release_hold(connection: Connection[Cursor], hour: datetime, by: str, reason: str) -> None:
    """A person's word that an hour may go on: it is reconciled again when it is due.

    Raises:
        UsageError: the hour is not held.
    """
    with transaction(connection):
        with connection.cursor() as cursor:
            cursor.execute(statement("batch/lock_hour"), (hour,))
        if not end_hold(connection, hour, by, reason):
            raise UsageError(
                f"{hour} is not held.", next_step="`clickledger hours list --held` shows which are"
            )


@tried_again
def end_hold_of(connection: Connection[Cursor], run: Run, hour: datetime, holder: str) -> bool:
    """End the hold of an hour of ours, if it is still the one that the run ``holder`` has begun.

    Raises:
        OvertakenError: a newer run owns the hour.
    """
    with locked_hour(connection, run.run, hour):
        held = fetch_one(connection, statement("batch/held_hour"), (hour,))
        is_its = held is not None and held["run"] == holder
        if is_its:
            end_hold(connection, hour, run.asked_by, run.reason)
    return is_its


def end_hold(
    connection: Connection[Cursor], hour: datetime, by: str, reason: str, *, own_run: str = ""
) -> bool:
    """Inside a transaction that holds the hour's lock: end a hold, if there is one.

    A hold of ``own_run`` itself is nobody's decision and is not written down.
    """
    held = fetch_one(connection, statement("batch/held_hour"), (hour,))
    if held is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/delete_hold"), (hour,))
        cursor.execute(statement("batch/end_hour_incident"), (hour,))
        if held["run"] != own_run:
            row = (hour, held["held_at"], held["run"], held["reason"], by, reason)
            cursor.execute(statement("batch/add_released_hold"), row)
    return True
