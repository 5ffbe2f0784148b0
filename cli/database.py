"""A connection for one answer; what the server says no to becomes an error with a next step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError, DatabaseUnreachableError
from clickledger.mysql.connection import is_connection_lost, open_connection
from clickledger.settings import Role, Settings

MISSING = {1054: "column", 1146: "table", 1356: "view"}  # an older schema, or none
DENIED = {1142, 1143, 1370}


@contextmanager
def database(
    settings: Settings, role: Role = Role.READER, *, read_timeout_s: float = 60
) -> Iterator[Connection[Cursor]]:
    """A connection of ``role``, closed afterwards.

    Raises:
        ConfigurationError: a table or a right is missing.
        DatabaseUnreachableError: the server does not answer, or stopped answering.
    """
    try:
        with closing(open_connection(settings, role, read_timeout_s=read_timeout_s)) as connection:
            yield connection
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args else 0
        if is_connection_lost(error):
            raise DatabaseUnreachableError(
                f"MySQL went away in the middle of an answer (error {code}).",
                next_step="check that it runs (`make status`) and try again",
            ) from error
        if code in MISSING:
            raise ConfigurationError(
                f"The database {settings.mysql_database} lacks a {MISSING[code]} (error {code}).",
                next_step="run `clickledger migrate`",
            ) from error
        if code in DENIED:
            user = settings.mysql_login(role)[0]
            raise ConfigurationError(
                f"The MySQL user {user} may not do this (error {code}).",
                next_step="hand on the table rights: `clickledger migrate` does",
            ) from error
        raise ConfigurationError(
            f"MySQL refused the statement (error {code}).",
            next_step="set CLICKLEDGER_DEBUG=1 to see all of it",
        ) from error
