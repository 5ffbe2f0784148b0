"""Migrating a real database: once, again, by many at once, after a kill; and what is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from clickledger.errors import ConfigurationError, DatabaseUnreachableError
from clickledger.mysql.connection import connected, fetch_all, open_connection
from clickledger.mysql.grants import grant_tables
from clickledger.mysql.migrations import known_migrations, lock_name, migrate
from clickledger.settings import CHECKOUT, Role, Settings
from tests.stack.mysql.schema_text import schema_text
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

ALL = [migration.name for migration in known_migrations().values()]
SNAPSHOT = CHECKOUT / "sql" / "schema_snapshot.sql"
KILLED_BEFORE_ITS_ROW = """
import os, signal
from clickledger.mysql import migrations
from clickledger.settings import Settings

record = migrations._record

def killed(connection, migration):
    if migration.number == int(os.environ["KILL_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)
    record(connection, migration)

migrations._record = killed
migrations.migrate(Settings())
"""


def run_sql(settings: Settings, text: str) -> None:
    with connected(settings, Role.OWNER) as owner, owner.cursor() as cursor:
        cursor.execute(text)


def schema(settings: Settings) -> str:
    with connected(settings, Role.OWNER) as owner:
        return schema_text(owner, settings.mysql_database)


def test_an_empty_database_becomes_the_kept_snapshot(empty: Settings) -> None:
    """Print a new snapshot with ``python -m tests.stack.mysql.schema_text``."""
    assert migrate(empty) == ALL

    assert schema(empty) == SNAPSHOT.read_text(encoding="utf-8")
    assert migrate(empty) == []


def test_the_single_rows_are_there_once(empty: Settings) -> None:
    migrate(empty)
    with connected(empty, Role.OWNER) as owner:
        fence = fetch_all(owner, "SELECT id, epoch, owner, taken_at FROM stream_fence")
        state = fetch_all(owner, "SELECT id, desired_state, state, heartbeat_at FROM stream_state")

    assert fence == [{"id": 1, "epoch": 0, "owner": "", "taken_at": None}]
    assert state == [{"id": 1, "desired_state": "running", "state": "down", "heartbeat_at": None}]


def test_a_dropped_database_is_made_again(empty: Settings) -> None:
    migrate(empty)
    run_sql(empty, f"DROP DATABASE {empty.mysql_database}")

    assert migrate(empty) == ALL


def test_each_migration_is_applied_once_by_four_at_once(empty: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = [future.result() for future in [pool.submit(migrate, empty) for _ in range(4)]]

    assert sorted(applied) == [[], [], [], ALL]
    assert schema(empty) == SNAPSHOT.read_text(encoding="utf-8")


def test_every_migration_can_be_repeated(empty: Settings) -> None:
    """A kill between the statement and its row leaves what an unrecorded migration leaves."""
    migrate(empty)
    for migration in known_migrations().values():
        run_sql(empty, f"DELETE FROM schema_migrations WHERE number = {migration.number}")
        assert migrate(empty) == [migration.name]

    assert schema(empty) == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [1, 7, len(ALL)])
def test_a_killed_migration_is_finished_by_the_next(empty: Settings, number: int) -> None:
    names = {f"CLICKLEDGER_{name.upper()}": value for name, value in _login(empty).items()}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_ITS_ROW],
        cwd=CHECKOUT,
        env={**os.environ, **names, "KILL_AT": ALL[number - 1][:4]},
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    assert migrate(empty) == ALL[number - 1 :]
    assert schema(empty) == SNAPSHOT.read_text(encoding="utf-8")


def _login(settings: Settings) -> dict[str, str]:
    user, password = settings.mysql_login(Role.OWNER)
    host, port = settings.mysql_address
    return {
        "mysql_host": host,
        "mysql_port": str(port),
        "mysql_database": settings.mysql_database,
        "mysql_owner_user": user,
        "mysql_owner_password": password.get_secret_value(),
    }


def test_a_changed_migration_is_refused(empty: Settings) -> None:
    migrate(empty)
    run_sql(empty, "UPDATE schema_migrations SET checksum = REPEAT('0', 64) WHERE number = 4")

    with pytest.raises(ConfigurationError, match=f"Migration {ALL[3]} is not the one that was"):
        migrate(empty)


def test_a_newer_database_is_refused(empty: Settings) -> None:
    migrate(empty)
    run_sql(
        empty,
        "INSERT INTO schema_migrations VALUES"
        " (9999, '9999_create_tomorrow', REPEAT('0', 64), UTC_TIMESTAMP(3))",
    )

    with pytest.raises(ConfigurationError, match=r"newer .* migration 9999_create_tomorrow"):
        migrate(empty)


def test_a_migration_at_work_elsewhere_is_waited_for_and_named(empty: Settings) -> None:
    other = open_connection(empty, Role.OWNER)
    fetch_all(other, "SELECT GET_LOCK(%s, 1)", (lock_name(empty.mysql_database),))
    with pytest.raises(DatabaseUnreachableError, match="has held the lock for 0 s"):
        migrate(empty, lock_wait_s=0)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(migrate, empty)
        other.close()
        assert waiting.result() == ALL


def test_a_migration_that_fails_is_named_and_done_after_mending(empty: Settings) -> None:
    view = ALL.index("0017_create_view_live_totals")
    run_sql(empty, "CREATE TABLE live_totals (a_table_is_no_view INT)")
    with pytest.raises(ConfigurationError, match=f"Migration {ALL[view]} failed"):
        migrate(empty)

    run_sql(empty, "DROP TABLE live_totals")
    assert migrate(empty) == ALL[view:]


def test_table_rights_before_the_tables_are_refused(server: Server, empty: Settings) -> None:
    with closing(server.admin()) as admin, pytest.raises(ConfigurationError, match="error 1146"):
        grant_tables(admin, empty)
