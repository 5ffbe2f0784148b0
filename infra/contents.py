"""What servers must hold before the stream can start: users, tables, the topic."""

from __future__ import annotations

from contextlib import AbstractContextManager

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import connected
from clickledger.mysql.grants import apply_grants, grant_tables
from clickledger.mysql.migrations import migrate
from clickledger.report_calendar import keep_calendar
from clickledger.settings import Role, Settings
from infra.steps import step


def prepare_mysql(
    settings: Settings, administrator: AbstractContextManager[Connection[Cursor]] | None
) -> None:
    """Users, where the server is ours to administer (an own one has a DBA), and tables."""
    with step("Database users and tables") as running:
        if administrator is not None:
            with administrator as connection:
                apply_grants(connection, settings)
        applied = migrate(settings)
        with connected(settings, Role.OWNER) as owner:
            grant_tables(owner, settings)  # a new table is only the owner's
            keep_calendar(owner, settings.report_time_zone)
        running.outcome = f"{len(applied)} migrations applied" if applied else "up to date"


def prepare_kafka(settings: Settings) -> None:
    """The topic."""
    from clickledger.kafka.topics import ensure_topic  # kafka-python takes 0.3 s to import

    with step(f"Topic {settings.topic}") as running:
        running.outcome = "created" if ensure_topic(settings) else "is there"
