"""Connections to MySQL or MariaDB, always UTC, strict and READ COMMITTED."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor, DictCursor

from clickledger.errors import ConfigurationError, DatabaseUnreachableError
from clickledger.settings import Role, Settings

if TYPE_CHECKING:
    PyMysqlConnection = Connection[Cursor]  # generic in its stubs only
else:
    PyMysqlConnection = Connection

LOCK_WAIT_S = 5
# The session is pinned because the servers' defaults differ (and a DBA may change them): strict
# mode, backslash escapes on (our bulk literals rely on it), UTC, and the isolation level of P1.
SESSION_STATEMENTS = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION',"
    f" time_zone = '+00:00', innodb_lock_wait_timeout = {LOCK_WAIT_S}",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
ADMINISTRATOR = "its administrator runs what `clickledger grants` prints (docs/own-servers.md)"
ACCESS_DENIED = {1044, 1045, 1698}
UNKNOWN_DATABASE = 1049
LOCK_WAIT_TIMEOUT = 1205
CONNECTION_LOST = {2003, 2006, 2013, 2014, 2055, 1053, 1152, 1927, 4031}


class _Connection(PyMysqlConnection):
    """PyMySQL's, but where no authority is named.

    TLS then verifies nobody, and PyMySQL's own context would first read, in vain, every certificate
    that the machine trusts: 35 ms of CPU a connection.
    """

    def _create_ssl_ctx(self, sslp: dict[str, Any]) -> ssl.SSLContext:
        if sslp:
            verifying: ssl.SSLContext = super()._create_ssl_ctx(sslp)  # type: ignore[misc]
            return verifying
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


def open_connection(
    settings: Settings, role: Role, *, database: str | None = None, read_timeout_s: float = 60
) -> Connection[Cursor]:
    """A new autocommit connection of ``role``; ``database=""`` selects none.

    Raises:
        DatabaseUnreachableError: the server does not answer; trying again may help.
        ConfigurationError: it answers and refuses: wrong password, no such database.
    """
    host, port = settings.mysql_address
    user, password = settings.mysql_login(role)
    name = settings.mysql_database if database is None else database
    try:
        connection = _Connection(
            host=host,
            port=port,
            user=user,
            password=password.get_secret_value(),
            database=name or None,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=5,
            read_timeout=read_timeout_s,
            write_timeout=read_timeout_s,
            ssl={"ca": str(settings.mysql_ssl_ca)} if settings.mysql_ssl_ca else None,
            ssl_disabled=settings.embedded_mysql,  # it speaks none, on loopback
        )
        with connection.cursor() as cursor:
            for text in SESSION_STATEMENTS:
                cursor.execute(text)
    except pymysql.MySQLError as error:
        where = f"{user}@{host}:{port}/{name}"
        raise _explained(error, where, own_server=not settings.embedded_mysql) from None
    return connection


def _explained(error: pymysql.MySQLError, where: str, *, own_server: bool) -> Exception:
    code = error.args[0] if error.args else 0
    if code in ACCESS_DENIED:
        return ConfigurationError(
            f"MySQL refused the login {where} (error {code}).",
            next_step="check the user, its password and its grants (`clickledger env`)"
            + (f"; at first, {ADMINISTRATOR}" if own_server else ""),
        )
    if code == UNKNOWN_DATABASE:
        return ConfigurationError(
            f"There is no database for {where}.",
            next_step=ADMINISTRATOR if own_server else "run `clickledger migrate`",
        )
    return DatabaseUnreachableError(
        f"MySQL at {where} does not answer (error {code}).",
        next_step="check that it runs (`make status`)",
    )


def is_connection_lost(error: BaseException) -> bool:
    """Whether ``error`` leaves the outcome of a COMMIT unknown: the connection is gone."""
    return isinstance(error, pymysql.err.InterfaceError) or (
        isinstance(error, pymysql.MySQLError)
        and bool(error.args)
        and error.args[0] in CONNECTION_LOST
    )


@contextmanager
def connected(settings: Settings, role: Role) -> Iterator[Connection[Cursor]]:
    """``open_connection`` as a context that closes it."""
    connection = open_connection(settings, role)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: Connection[Cursor]) -> Iterator[None]:
    """One transaction: committed at the end of the block, rolled back if the block raises."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        give_up(connection)
        raise


def give_up(connection: Connection[Cursor]) -> None:
    """Roll back after an error, if there is still somebody to tell: what went wrong is known.

    PyMySQL closes its connection where Ctrl-C finds it waiting for the server.
    """
    with suppress(pymysql.MySQLError):
        connection.rollback()


def fetch_all(
    connection: Connection[Cursor], text: str, parameters: Any = None
) -> list[dict[str, Any]]:
    """All rows of a query as dictionaries."""
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(text, parameters)
        return list(cursor.fetchall())


def fetch_one(
    connection: Connection[Cursor], text: str, parameters: Any = None
) -> dict[str, Any] | None:
    """The first row of a query, or ``None``."""
    rows = fetch_all(connection, text, parameters)
    return rows[0] if rows else None
