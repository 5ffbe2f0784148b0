"""The fence: one row that says which epoch may write. Every commit locks it first (protocol P1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import DatabaseUnreachableError, StaleWriterError
from clickledger.mysql.connection import LOCK_WAIT_S, LOCK_WAIT_TIMEOUT, fetch_one, transaction
from clickledger.mysql.statements import statement

# A frozen or half-dead writer loses its locks by itself after this long.
TRANSACTION_IDLE_S = 10
IDLE_S = 28_800  # outside of a transaction the connection may idle
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


@contextmanager
def fenced(connection: Connection[Cursor], epoch: int, owner: str) -> Iterator[None]:
    """One transaction that only the owner can begin; the server ends it when its writer freezes.

    Raises:
        StaleWriterError: another writer has taken the stream; nothing was written.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION wait_timeout = {TRANSACTION_IDLE_S}")
        with transaction(connection):
            _lock_own_fence(connection, epoch, owner)
            yield
        cursor.execute(f"SET SESSION wait_timeout = {IDLE_S}")


def _lock_own_fence(connection: Connection[Cursor], epoch: int, owner: str) -> None:
    row = fetch_one(connection, statement("sink/lock_fence"))
    if row is None or (row["epoch"], row["owner"]) != (epoch, owner):
        raise StaleWriterError(
            f"Epoch {epoch} no longer owns the stream: epoch {row and row['epoch']} does.",
            next_step="nothing was written, and the newer writer goes on",
        )


def _wait_for_locks(cursor: Cursor, seconds: int) -> None:
    cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {seconds}")
