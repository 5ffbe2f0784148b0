"""What is wanted of the stream: the wish that drivers obey, and by which watching judges."""

from __future__ import annotations

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.statements import statement


def desire(connection: Connection[Cursor], state: str, by: str, reason: str) -> None:
    """Write down that it shall be ``running``, or ``drained``."""
    with connection.cursor() as cursor:
        cursor.execute(statement("stream/desire"), (state, by, reason))
