"""A database on a MySQL server that somebody else brought up, with users of its own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import DatabaseUnreachableError
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.grants import apply_grants, grant_tables, user_hosts
from clickledger.mysql.migrations import migrate
from clickledger.settings import Role, Settings

PASSWORD_VARIABLE = "MYSQL_PWD"  # noqa: S105 - a name, the one that MySQL's own clients read


@contextmanager
def own_mysql(address: str, settings: Settings) -> Iterator[Settings]:
    """A new, empty database at ``host:port:administrator``; all of it is dropped at the end.

    Raises:
        DatabaseUnreachableError: no server answers there.
    """
    host, port, user = address.split(":")
    changes: dict[str, object] = {"mysql_host": host, "mysql_port": int(port)}
    changes["mysql_database"] = f"bench_{secrets.token_hex(4)}"
    for role in Role:
        changes[f"mysql_{role}_user"] = f"{changes['mysql_database']}_{role}"
        changes[f"mysql_{role}_password"] = type(settings.mysql_owner_password)(
            secrets.token_urlsafe(24)
        )
    theirs = settings.model_copy(update=changes)
    with closing(_administrator(host, int(port), user)) as administrator:
        try:
            apply_grants(administrator, theirs)
            migrate(theirs)
            grant_tables(administrator, theirs)
            yield theirs
        finally:
            _drop(administrator, theirs)


def server_version(settings: Settings) -> str:
    """As the server names itself."""
    with connected(settings, Role.READER) as connection:
        row = fetch_one(connection, "SELECT VERSION() AS version")
    version, _, build = str(row["version"] if row else "?").partition("-")
    return f"{'MariaDB' if 'MariaDB' in build else 'MySQL'} {version}"


def _administrator(host: str, port: int, user: str) -> Connection[Cursor]:
    try:
        return pymysql.connect(
            host=host,
            port=port,
            user=user,
            password=os.environ.get(PASSWORD_VARIABLE, ""),
            charset="utf8mb4",
            autocommit=True,
        )
    except pymysql.MySQLError as error:
        raise DatabaseUnreachableError(
            f"MySQL at {host}:{port} does not let {user} in (error {error.args[0]}).",
            next_step=f"set {PASSWORD_VARIABLE}, or leave --mysql out",
        ) from None


def _drop(administrator: Connection[Cursor], settings: Settings) -> None:
    with administrator.cursor() as cursor:
        # The views first: MySQL refuses to drop a user that defines one.
        cursor.execute(f"DROP DATABASE IF EXISTS `{settings.mysql_database}`")
        for role in Role:
            for host in user_hosts(settings):
                cursor.execute("DROP USER IF EXISTS %s@%s", (settings.mysql_login(role)[0], host))
