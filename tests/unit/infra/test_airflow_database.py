"""When Airflow's slow command is asked to migrate, and when a note of its last word will do."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clickledger.settings import load_settings
from infra.airflow import database as database_module
from infra.airflow.database import AirflowDatabase
from infra.servers.postgres import PostgresServer
from infra.stack import Stack

pytestmark = pytest.mark.unit


class Migrating:
    """Stands for ``airflow db migrate``: it makes the one table that is looked at."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.times = 0

    def __call__(self, *_: object) -> None:
        self.times += 1
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT)")
            connection.execute("DELETE FROM alembic_version")
            connection.execute("INSERT INTO alembic_version VALUES ('abc')")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AirflowDatabase:
    monkeypatch.setattr(PostgresServer, "why_not_here", lambda _: "a reason")
    stack = Stack(load_settings(home=tmp_path))
    stack._secrets = dict.fromkeys(  # as its first start makes them
        (f"CLICKLEDGER_AIRFLOW_{user}_PASSWORD" for user in ("ADMIN", "OPERATOR", "VIEWER")), "x"
    )
    return AirflowDatabase(stack.airflow)


@pytest.fixture
def migrating(database: AirflowDatabase, monkeypatch: pytest.MonkeyPatch) -> Migrating:
    found = Migrating(database.airflow.path / "airflow.db")
    monkeypatch.setattr(AirflowDatabase, "_migrate", lambda _: found())
    return found


def test_it_is_asked_once(database: AirflowDatabase, migrating: Migrating) -> None:
    told = "; SQLite, because PostgreSQL cannot run: a reason"
    assert [database.ensure() for _ in range(3)] == [f"made{told}", *[f"up to date{told}"] * 2]
    assert migrating.times == 1


def test_it_is_asked_after_an_upgrade_and_for_another_database(
    database: AirflowDatabase, migrating: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.ensure()
    monkeypatch.setattr(database_module, "version", lambda _: "99")
    assert database.ensure().startswith("migrated")
    migrating.database.unlink()
    assert database.ensure().startswith("made")
    assert migrating.times == 3


def test_a_migration_that_was_cut_off_is_done_again(
    database: AirflowDatabase, migrating: Migrating
) -> None:
    """Tables and no note."""
    database.ensure()
    (database.airflow.path / "database.json").unlink()
    assert database.ensure().startswith("migrated")
    assert migrating.times == 2
