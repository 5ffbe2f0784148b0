"""Many questions, one answer: a transaction that sees one moment of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all, give_up

BEGIN = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


@contextmanager
def consistent_snapshot(connection: Connection[Cursor]) -> Iterator[datetime]:
    """Everything read inside is of one moment, which is given (UTC, the server's clock)."""
    with connection.cursor() as cursor:
        for text in BEGIN:
            cursor.execute(text)
    try:
        yield fetch_all(connection, "SELECT UTC_TIMESTAMP(3) AS taken_at")[0]["taken_at"]
    finally:
        give_up(connection)
