"""The database, its users, and what each of them may do.

An administrator needs to act once (``apply_grants``, or the texts of ``grant_statements`` for the
DBA of an own server). Rights on single tables can only be given when the tables exist, so the owner
hands those on after every migration (``grant_tables``): it has GRANT OPTION in its own database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.converters import escape_item
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError, DatabaseUnreachableError
from clickledger.mysql.connection import fetch_one, is_connection_lost
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings

READS, ADDS, CHANGES = "SELECT", "SELECT, INSERT", "SELECT, UPDATE"
UPSERTS, WRITES = "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"
FORGETS, FOLDS = "SELECT, DELETE", "SELECT, UPDATE, DELETE"  # maintenance, by age

# What the stream may do, table by table: it deletes nothing and never rewrites its history.
# A test fails for a table that stands in neither of these maps: a migration that creates one
# brings its line along.
STREAM_RIGHTS = {
    "clicks_by_minute": UPSERTS,
    "hours": UPSERTS,
    "ledger_gaps": ADDS,
    "reject_allowances": ADDS,
    "rejected_counts": UPSERTS,
    "rejected_events": ADDS,
    "releases": READS,
    "rules_versions": ADDS,
    "schema_migrations": READS,
    "stream_batches": ADDS,
    "stream_fence": CHANGES,
    "stream_generations": UPSERTS,
    "stream_offsets": UPSERTS,
    "stream_slots": CHANGES,
    "stream_state": CHANGES,
    "type_clicks_by_minute": UPSERTS,
}
# On top of reading every table. The batch layer's own tables get their lines here.
BATCH_RIGHTS = {
    "archive_files": WRITES,
    "archive_hours": WRITES,
    "archive_losses": ADDS,
    "archive_positions": UPSERTS,
    "archive_segments": WRITES,
    "archive_summaries": WRITES,
    "arrivals_by_hour": WRITES,
    "built_days": UPSERTS,
    "clicks_by_day": WRITES,
    "clicks_by_hour": WRITES,
    "clicks_by_minute": WRITES,
    "corrections": UPSERTS,
    "day_judgements": ADDS,
    "event_measures_by_hour": WRITES,
    "export_deliveries": UPSERTS,
    "export_files": ADDS,
    "exports": UPSERTS,
    "held_hours": WRITES,
    "hour_incidents": UPSERTS,
    "hours": WRITES,
    "ledger_gaps": CHANGES,
    "maintenance_items": UPSERTS,
    "quality_results": ADDS,
    "reconcile_results": ADDS,
    "reconcile_runs": UPSERTS,
    "reconciled_hours": UPSERTS,
    "report_calendar": WRITES,
    "rejected_counts": WRITES,
    "rejected_events": WRITES,
    "released_holds": ADDS,
    "restatements": UPSERTS,
    "rules_versions": ADDS,
    "sampled_ranges": FORGETS,
    "stream_batches": FOLDS,
    "type_clicks_by_day": WRITES,
    "type_clicks_by_hour": WRITES,
    "type_clicks_by_minute": WRITES,
}
# On top of reading every table. Of the counts and the ledger it may change nothing.
OPERATOR_RIGHTS = {
    "incidents": UPSERTS,
    "operation_lock": CHANGES,
    "operations": UPSERTS,
    "reject_allowances": ADDS,
    "releases": UPSERTS,
    "sampled_ranges": UPSERTS,
    "stream_fence": CHANGES,
    "stream_slots": CHANGES,
    "stream_state": CHANGES,
}
TABLE_RIGHTS = {
    Role.STREAM: STREAM_RIGHTS,
    Role.BATCH: BATCH_RIGHTS,
    Role.OPERATOR: OPERATOR_RIGHTS,
}


@dataclass(frozen=True)
class _Step:
    what: str
    text: str
    parameters: dict[str, Any] = field(repr=False)  # may hold a password


def apply_grants(connection: Connection[Cursor], settings: Settings) -> None:
    """Make the database and the users with the passwords of the settings, and their wide rights.

    ``connection`` is an administrator's. Safe to repeat: a password that changed is set again.

    Raises:
        ConfigurationError: a password is empty, or the server refuses; never shows a password.
    """
    pattern = _database_pattern(settings, wildcards=not _partial_revokes(connection))
    for step in _wide_steps(settings, _passwords(settings), pattern):
        _run(connection, step)


def grant_tables(connection: Connection[Cursor], settings: Settings) -> None:
    """Hand on the rights on single tables. ``connection`` is the owner's or an administrator's.

    Raises:
        ConfigurationError: a table or a user is not there, or the server refuses.
    """
    for role, rights in TABLE_RIGHTS.items():
        for table, words in rights.items():
            text = statement("grants/table").format(
                rights=words, database=settings.mysql_database, table=table
            )
            for account in _accounts(settings, role):
                _run(connection, _Step(f"give {account['user']} rights on {table}", text, account))


def grant_statements(settings: Settings, *, show_secrets: bool = False) -> list[str]:
    """What ``apply_grants`` runs, for a DBA to read and run; passwords are placeholders.

    Raises:
        ConfigurationError: secrets are to be shown, and one is empty.
    """
    placeholders = {role: f"<{_password_variable(role)}>" for role in Role}
    passwords = _passwords(settings) if show_secrets else placeholders
    pattern = _database_pattern(settings, wildcards=True)
    return [
        step.text % {name: escape_item(value, "utf8mb4") for name, value in step.parameters.items()}
        for step in _wide_steps(settings, passwords, pattern)
    ]


def user_hosts(settings: Settings) -> tuple[str, ...]:
    """Where users may log in from: the embedded server listens on this machine only.

    Both names of it, because a server that looks names up sees 127.0.0.1 as localhost.
    """
    return ("127.0.0.1", "localhost") if settings.embedded_mysql else ("%",)


def _passwords(settings: Settings) -> dict[Role, str]:
    passwords = {role: settings.mysql_login(role)[1].get_secret_value() for role in Role}
    for role, password in passwords.items():
        if not password:
            raise ConfigurationError(
                f"The password of the MySQL user {settings.mysql_login(role)[0]} is empty.",
                next_step=f"`make up` makes one, or set {_password_variable(role)}",
            )
    return passwords


def _wide_steps(settings: Settings, passwords: dict[Role, str], pattern: str) -> Iterator[_Step]:
    names = {"database": settings.mysql_database, "database_pattern": pattern}
    yield _Step("create the database", statement("grants/create_database").format(**names), {})
    for role in Role:
        wide = "grants/owner" if role is Role.OWNER else "grants/reader"
        for account in _accounts(settings, role):
            user = account["user"]
            secret = {**account, "password": passwords[role]}
            yield _Step(f"create the user {user}", statement("grants/create_user"), secret)
            yield _Step(f"set the password of {user}", statement("grants/set_password"), secret)
            if role is not Role.STREAM:
                yield _Step(f"give {user} its rights", statement(wide).format(**names), account)


def _accounts(settings: Settings, role: Role) -> list[dict[str, Any]]:
    return [{"user": settings.mysql_login(role)[0], "host": host} for host in user_hosts(settings)]


def _password_variable(role: Role) -> str:
    return f"CLICKLEDGER_MYSQL_{role.upper()}_PASSWORD"


def _database_pattern(settings: Settings, *, wildcards: bool) -> str:
    # In ``ON name.*`` an underscore stands for any character: ``a_b.*`` is a right on ``axb`` too.
    return settings.mysql_database.replace("_", r"\_") if wildcards else settings.mysql_database


def _partial_revokes(connection: Connection[Cursor]) -> bool:
    # Where this MySQL option is on (some hosted servers), names are literal and the escape is not.
    row = fetch_one(connection, "SHOW VARIABLES LIKE 'partial_revokes'")
    return row is not None and row["Value"] == "ON"


def _run(connection: Connection[Cursor], step: _Step) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(step.text, step.parameters or None)
    except pymysql.MySQLError as error:
        # The server's own words may quote the statement, and with it the password: only its number.
        kind = DatabaseUnreachableError if is_connection_lost(error) else ConfigurationError
        raise kind(
            f"MySQL would not {step.what} (error {error.args[0]}).",
            next_step="grant as an administrator, then migrate, then hand on the table rights",
        ) from None
