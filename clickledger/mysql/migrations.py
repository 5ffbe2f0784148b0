"""Numbered migrations: the schema is what ``sql/migrations`` makes of an empty database.

One statement a file, because DDL commits implicitly: a file is wholly there or not at all. Each can
be run again without harm, so a kill between the statement and its row in ``schema_migrations``
is mended by the next run. A landed file never changes (``sql/migrations/lock.txt``).
"""

from __future__ import annotations

import hashlib
import re
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ClickledgerError, ConfigurationError, DatabaseUnreachableError
from clickledger.mysql.connection import (
    fetch_all,
    fetch_one,
    is_connection_lost,
    open_connection,
)
from clickledger.mysql.statements import SQL_FOLDER, statement
from clickledger.settings import Role, Settings

MIGRATIONS_FOLDER = SQL_FOLDER / "migrations"
# The newest migration that this program can run on, where one to come will take away what it needs.
# Migrations only add, so that by default any will do.
NEWEST_USABLE: int | None = None
NO_SUCH_TABLE = 1146
DDL_TIMEOUT_S = 600
# DDL waits for open snapshots, and every writer waits behind it: give up before a stream does.
METADATA_LOCK_WAIT = "SET SESSION lock_wait_timeout = 10"
_NAME = re.compile(r"(?P<number>[0-9]{4})_[a-z0-9_]+")


@dataclass(frozen=True)
class Migration:
    """One file of ``sql/migrations``; ``checksum`` is the SHA-256 of its bytes."""

    number: int
    name: str
    checksum: str


def known_migrations(folder: Path = MIGRATIONS_FOLDER) -> dict[int, Migration]:
    """The migrations of this checkout by number, in order."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.stem)
        if match is None:
            raise ConfigurationError(f"{path.name} is no migration: NNNN_what_it_does.sql is.")
        number = int(match["number"])
        if number in found:
            raise ConfigurationError(f"Two migrations have the number {number:04d}.")
        text = path.read_text(encoding="utf-8")  # line ends as Git keeps them, on any machine
        checksum = hashlib.sha256(text.encode()).hexdigest()
        found[number] = Migration(number, path.stem, checksum)
    return found


def migrate(settings: Settings, *, lock_wait_s: float = 60) -> list[str]:
    """Bring the database up to this checkout; the names applied now.

    Makes the database itself too. Safe to run twice and by two at once. Hand on the table rights
    afterwards (``clickledger.mysql.grants.grant_tables``): a new table is only the owner's.

    Raises:
        ConfigurationError: the database is newer than this checkout, or an applied file changed.
        DatabaseUnreachableError: another migration held the lock for ``lock_wait_s``.
    """
    with closing(
        open_connection(settings, Role.OWNER, database="", read_timeout_s=DDL_TIMEOUT_S)
    ) as connection:
        _make_database(connection, settings.mysql_database)
        _wait_for_turn(connection, settings.mysql_database, lock_wait_s)
        todo = _missing(connection)
        for migration in todo:
            _apply(connection, migration)
    return [migration.name for migration in todo]


def _missing(connection: Connection[Cursor]) -> list[Migration]:
    known, applied = known_migrations(), _applied(connection)
    for number, row in applied.items():
        if number not in known:
            raise ConfigurationError(
                f"The database is newer than this checkout: it has had migration {row.name}.",
                next_step="run the release that belongs to it, or a newer one",
            )
        if row != known[number]:
            raise ConfigurationError(
                f"Migration {known[number].name} is not the one that was applied as {row.name}:"
                f" SHA-256 {known[number].checksum[:12]} now, {row.checksum[:12]} then.",
                next_step="restore the file with `git checkout`; a change is a new migration",
            )
    return [migration for number, migration in known.items() if number not in applied]


def _applied(connection: Connection[Cursor]) -> dict[int, Migration]:
    try:
        rows = fetch_all(connection, statement("migrations/bookkeeping/applied"))
    except pymysql.MySQLError as error:
        if error.args[0] == NO_SUCH_TABLE:  # the first migration makes the table
            return {}
        raise _explained(error, "Reading schema_migrations") from error
    return {row["number"]: Migration(**row) for row in rows}


def _make_database(connection: Connection[Cursor], database: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(METADATA_LOCK_WAIT)
            cursor.execute(statement("grants/create_database").format(database=database))
        connection.select_db(database)
    except pymysql.MySQLError as error:
        raise _explained(error, f"Making the database {database}") from error


def _apply(connection: Connection[Cursor], migration: Migration) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement(f"migrations/{migration.name}"))
        _record(connection, migration)
    except pymysql.MySQLError as error:
        raise _explained(error, f"Migration {migration.name}") from error


def _record(connection: Connection[Cursor], migration: Migration) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement("migrations/bookkeeping/record"), vars(migration))


def lock_name(database: str) -> str:
    """The server-wide name of a database's migration lock; MySQL allows 64 characters."""
    return f"clickledger-migrate-{hashlib.sha256(database.encode()).hexdigest()[:24]}"


def _wait_for_turn(connection: Connection[Cursor], database: str, lock_wait_s: float) -> None:
    """Hold the migration lock of ``database`` until the connection closes."""
    name, deadline = (lock_name(database),), time.monotonic() + lock_wait_s
    while True:  # short finite waits: -1 means "for ever" on MySQL and NULL on MariaDB
        row = fetch_one(connection, statement("migrations/bookkeeping/take_lock"), name)
        if row == {"taken": 1}:
            return
        if time.monotonic() >= deadline:
            raise DatabaseUnreachableError(
                f"Another migration of {database} has held the lock for {lock_wait_s:.0f} s.",
                next_step="wait for it, or look for it in SHOW PROCESSLIST",
            )


def _explained(error: pymysql.MySQLError, what: str) -> ClickledgerError:
    kind = DatabaseUnreachableError if is_connection_lost(error) else ConfigurationError
    return kind(
        f"{what} failed: {error.args}.",
        next_step="mend the cause and migrate again; what was applied is not repeated",
    )
