"""The fence: one row that says which epoch may write. Every commit locks it first (protocol P1)."""

from __future__ import annotations

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import DatabaseUnreachableError
from clickledger.mysql.connection import LOCK_WAIT_S, LOCK_WAIT_TIMEOUT, fetch_one
from clickledger.mysql.statements import statement

# A frozen or half-dead writer loses its locks by itself after this long.
TRANSACTION_IDLE_S = 10
FENCE_WAIT_S = TRANSACTION_IDLE_S + 20  # longer than any transaction of a writer


def take_fence(connection: Connection[Cursor], owner: str) -> int:
    """Become the owner (a UUID); returns the new epoch. Nobody else can commit from here on.

    Raises:
        DatabaseUnreachableError: another transaction held the fence for longer than a writer may.
    """
    with connection.cursor() as cursor:
        _wait_for_locks(cursor, FENCE_WAIT_S)
        connection.begin()
        try:
            cursor.execute(statement("stream/take_fence"), (owner,))
        except pymysql.err.OperationalError as error:
            if error.args[0] != LOCK_WAIT_TIMEOUT:
                raise
            connection.rollback()
            _wait_for_locks(cursor, LOCK_WAIT_S)
            raise DatabaseUnreachableError(
                f"The stream's fence stayed locked for {FENCE_WAIT_S} s.",
                next_step="look for the transaction that holds it (SHOW ENGINE INNODB STATUS)",
            ) from None
        row = fetch_one(connection, statement("stream/read_fence"))
        connection.commit()
        _wait_for_locks(cursor, LOCK_WAIT_S)
    assert row is not None  # noqa: S101 - the migration made the row
    return int(row["epoch"])


def _wait_for_locks(cursor: Cursor, seconds: int) -> None:
    cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {seconds}")
