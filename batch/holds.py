"""Held hours: nobody publishes or corrects them until a person has decided.

An hour that differs for no known reason also has an open row in ``hour_incidents``, which ends with
the hold.
"""

from __future__ import annotations

from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.causes import Cause
from clickledger.errors import UsageError
from clickledger.mysql.connection import fetch_one, transaction
from clickledger.mysql.statements import statement

UNEXPLAINED = "its figures differ from the recount, and nobody knows why"
NEXT_STEP = "docs/runbooks/hour-differs.md"


def hold_unexplained(
    connection: Connection[Cursor], run: str, hour: datetime, detail: str = ""
) -> None:
    """Hold an hour whose difference has no known cause, and open its incident."""
    row = {
        "hour": hour,
        "run": run,
        "cause": Cause.UNKNOWN,
        "detail": detail or UNEXPLAINED,
        "next_step": NEXT_STEP,
    }
    with transaction(connection), connection.cursor() as cursor:
        cursor.execute(statement("batch/lock_hour"), (hour,))
        cursor.execute(statement("batch/hold_hour"), (hour, run, UNEXPLAINED))
        if not cursor.execute(statement("batch/see_hour_incident"), row):
            cursor.execute(statement("batch/add_hour_incident"), row)


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
