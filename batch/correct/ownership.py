"""Whose hour it is: the newest run's. An older run that wakes up finds that it is dead (P6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ClickledgerError, ExitCode
from clickledger.mysql.connection import fetch_one, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import placeholders, statement


class OvertakenError(ClickledgerError):
    """Another run owns the hour now."""

    exit_code = ExitCode.NOT_RECONCILED


@tried_again
def own(
    connection: Connection[Cursor], run: str, hours: Sequence[datetime], *, held: bool = False
) -> None:
    """Make ``hours`` ours, in one transaction, in ascending order; ``held``: held ones too."""
    text = statement("batch/own_hours").format(hours=placeholders(hours))
    with connection.cursor() as cursor:
        cursor.execute(text, (run, *sorted(hours), held))


@contextmanager
def locked_hour(connection: Connection[Cursor], run: str, hour: datetime) -> Iterator[int]:
    """A transaction that holds the lock of an hour of ours; gives its version.

    Raises:
        OvertakenError: a newer run owns it. Nothing is written.
    """
    with transaction(connection):
        row = fetch_one(connection, statement("batch/lock_hour"), (hour,))
        if row is None or row["owner_run"] != run:
            raise OvertakenError(f"{hour}: another run has taken this hour over.")
        yield row["version"]


@tried_again
def reopen(connection: Connection[Cursor], run: str, hour: datetime) -> None:
    """Say that the hour rows of an hour of ours are not to be relied on.

    Raises:
        OvertakenError: a newer run owns it.
    """
    with locked_hour(connection, run, hour):
        bump(connection, hour, "reopened")


def bump(connection: Connection[Cursor], hour: datetime, state: str | None = None) -> None:
    """Every writer to an hour bumps its version, under its lock."""
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/bump_hour"), (state, hour))
