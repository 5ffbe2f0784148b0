"""Each user can do its work and nothing else, shown by real logins."""

from __future__ import annotations

import traceback
from contextlib import closing

import pymysql
import pytest
from pydantic import SecretStr
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError
from clickledger.mysql.connection import connected, fetch_all, open_connection
from clickledger.mysql.grants import (
    TABLE_RIGHTS,
    apply_grants,
    grant_statements,
    grant_tables,
)
from clickledger.mysql.migrations import migrate
from clickledger.settings import Role, Settings
from tests.stack.mysql.servers import Server, deployment

pytestmark = pytest.mark.stack

NO_DATABASE_RIGHT, NO_LOGIN, NO_TABLE_RIGHT, NO_SERVER_RIGHT = 1044, 1045, 1142, 1227

HOUR = "INSERT INTO hours (hour, updated_at) VALUES ('2026-01-01', UTC_TIMESTAMP(3))"
MINUTE = "INSERT INTO clicks_by_minute VALUES ('2026-01-01', 'phone', 'd1', 1, 1)"
ALLOWED = {
    Role.OWNER: [
        "CREATE TABLE later (id INT PRIMARY KEY)",
        "ALTER TABLE later ADD COLUMN note INT",
        "CREATE INDEX by_note ON later (note)",
        "CREATE OR REPLACE SQL SECURITY INVOKER VIEW later_view AS SELECT id FROM later",
        "DROP VIEW later_view",
        "DROP TABLE later",
    ],
    Role.STREAM: [
        HOUR,
        MINUTE + " ON DUPLICATE KEY UPDATE clicks = clicks + VALUES(clicks)",
        "SELECT epoch FROM stream_fence WHERE id = 1 FOR UPDATE",
        "INSERT INTO ledger_gaps (topic, kafka_partition, start_offset, end_offset, rules_version,"
        " arrived_before_ms, accepted_at, accepted_by, reason)"
        " VALUES ('t', 0, 0, 1, 1, 0, UTC_TIMESTAMP(3), 'b', 'r')",
        "UPDATE stream_state SET heartbeat_at = UTC_TIMESTAMP(3)",
        "SELECT name FROM schema_migrations",
    ],
    Role.BATCH: [
        MINUTE + " ON DUPLICATE KEY UPDATE clicks = 0",
        "DELETE FROM clicks_by_minute WHERE events = 0",
        "UPDATE hours SET state = 'reconciled'",
        "SELECT next_offset FROM stream_offsets",
        "DELETE FROM archive_files WHERE path = ''",
        "UPDATE corrections SET undone_by = NULL",
        "UPDATE restatements SET undone_by = NULL",
        "UPDATE hour_incidents SET ended_at = NULL",
        "UPDATE ledger_gaps SET closed_at = NULL WHERE topic = ''",
        "DELETE FROM stream_batches WHERE topic = ''",
        "DELETE FROM sampled_ranges WHERE topic = ''",
        "UPDATE maintenance_items SET why = NULL",
        "DELETE FROM report_calendar WHERE time_zone = ''",
        "DELETE FROM clicks_by_day WHERE time_zone = ''",
        "INSERT INTO quality_results VALUES (1, 'e', 'warning', 'passed', 1, 0, '', '')",
        "UPDATE exports SET hours_version = 0",
        "UPDATE export_deliveries SET delivered_at = NULL",
        "SELECT day FROM days",
        "SELECT minute FROM live_totals",
    ],
    Role.OPERATOR: [
        "UPDATE stream_slots SET wanted = 'stopped'",
        "UPDATE stream_fence SET epoch = epoch + 1 WHERE id = 1",
        "INSERT INTO incidents (verdict, detail, next_step, opened_at, last_seen_at)"
        " VALUES ('down', '', '', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
        "SELECT next_offset FROM stream_offsets",
    ],
    Role.READER: [
        "SELECT place FROM top_devices_last_hour",
        "EXPLAIN SELECT minute FROM device_history",
        "SELECT reason FROM rejected_events",
    ],
}
REFUSED = {
    Role.OWNER: [
        ("CREATE USER somebody", NO_SERVER_RIGHT),
        ("SELECT * FROM mysql.user", NO_TABLE_RIGHT),
        ("CREATE DATABASE clickledger_another", NO_DATABASE_RIGHT),
    ],
    Role.STREAM: [
        ("DROP TABLE clicks_by_minute", NO_TABLE_RIGHT),
        ("TRUNCATE TABLE clicks_by_minute", NO_TABLE_RIGHT),
        ("ALTER TABLE hours ADD COLUMN note INT", NO_TABLE_RIGHT),
        ("CREATE TABLE mine (id INT)", NO_TABLE_RIGHT),
        ("DELETE FROM clicks_by_minute", NO_TABLE_RIGHT),
        ("UPDATE stream_batches SET clicks = 0", NO_TABLE_RIGHT),
        ("DELETE FROM stream_batches", NO_TABLE_RIGHT),
        ("DELETE FROM stream_offsets", NO_TABLE_RIGHT),
        ("UPDATE ledger_gaps SET records = 0", NO_TABLE_RIGHT),
        ("UPDATE rules_versions SET document = ''", NO_TABLE_RIGHT),
        ("UPDATE schema_migrations SET checksum = ''", NO_TABLE_RIGHT),
        ("INSERT INTO stream_fence VALUES (2, 0, '', NULL)", NO_TABLE_RIGHT),
    ],
    Role.BATCH: [
        ("DROP TABLE hours", NO_TABLE_RIGHT),
        ("UPDATE stream_offsets SET next_offset = 0", NO_TABLE_RIGHT),
        ("UPDATE stream_fence SET epoch = epoch + 1", NO_TABLE_RIGHT),
        ("INSERT INTO stream_batches (topic) VALUES ('t')", NO_TABLE_RIGHT),
        ("INSERT INTO ledger_gaps (topic) VALUES ('t')", NO_TABLE_RIGHT),
        ("DELETE FROM ledger_gaps", NO_TABLE_RIGHT),
        ("DELETE FROM maintenance_items", NO_TABLE_RIGHT),
        ("UPDATE sampled_ranges SET records = 0", NO_TABLE_RIGHT),
        ("DELETE FROM corrections", NO_TABLE_RIGHT),
        ("DELETE FROM restatements", NO_TABLE_RIGHT),
        ("UPDATE released_holds SET reason = ''", NO_TABLE_RIGHT),
        ("UPDATE rules_versions SET document = ''", NO_TABLE_RIGHT),
        ("UPDATE incidents SET ended_at = NULL", NO_TABLE_RIGHT),
        ("DELETE FROM built_days", NO_TABLE_RIGHT),
        ("UPDATE day_judgements SET verdict = 'passed'", NO_TABLE_RIGHT),
        ("DELETE FROM quality_results", NO_TABLE_RIGHT),
        ("DELETE FROM exports", NO_TABLE_RIGHT),
        ("UPDATE export_files SET sha256 = ''", NO_TABLE_RIGHT),
        ("UPDATE reconcile_results SET verdict = ''", NO_TABLE_RIGHT),
        ("CREATE VIEW mine AS SELECT 1 AS one", NO_TABLE_RIGHT),
    ],
    Role.OPERATOR: [
        (MINUTE, NO_TABLE_RIGHT),
        ("UPDATE stream_offsets SET next_offset = 0", NO_TABLE_RIGHT),
        ("DELETE FROM operations", NO_TABLE_RIGHT),
        ("INSERT INTO stream_slots (slot) VALUES ('b')", NO_TABLE_RIGHT),
    ],
    Role.READER: [
        (MINUTE, NO_TABLE_RIGHT),
        ("UPDATE hours SET version = 0", NO_TABLE_RIGHT),
        ("DELETE FROM rejected_events", NO_TABLE_RIGHT),
        ("DROP VIEW live_totals", NO_TABLE_RIGHT),
        ("LOCK TABLES hours READ", NO_DATABASE_RIGHT),
    ],
}


def error_of(connection: Connection[Cursor], text: str) -> int:
    """The number of the error that ``text`` meets; 0 for none."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(text)
    except pymysql.MySQLError as error:
        return int(error.args[0])
    return 0


@pytest.mark.parametrize("role", Role)
def test_a_role_can_do_its_work(deployed: Settings, role: Role) -> None:
    with connected(deployed, role) as connection:
        met = {text: error_of(connection, text) for text in ALLOWED[role]}

    assert met == dict.fromkeys(ALLOWED[role], 0)


@pytest.mark.parametrize("role", Role)
def test_a_role_can_do_nothing_else(deployed: Settings, role: Role) -> None:
    with connected(deployed, role) as connection:
        met = {text: error_of(connection, text) for text, _ in REFUSED[role]}

    assert met == dict(REFUSED[role])


def test_every_table_has_been_thought_of(deployed: Settings, admin: Connection[Cursor]) -> None:
    tables = fetch_all(
        admin,
        "SELECT table_name AS name FROM information_schema.tables"
        " WHERE table_schema = %s AND table_type = 'BASE TABLE'",
        (deployed.mysql_database,),
    )

    granted = {table for rights in TABLE_RIGHTS.values() for table in rights}
    assert {row["name"] for row in tables} == granted


def test_an_underscore_in_the_name_is_no_wildcard(server: Server, deployed: Settings) -> None:
    sibling = deployed.mysql_database.replace("_", "x")
    with closing(server.admin()) as admin, admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {sibling}")
        try:
            for role in Role:
                with connected(deployed, role) as connection:
                    assert error_of(connection, f"USE {sibling}") == NO_DATABASE_RIGHT
        finally:
            cursor.execute(f"DROP DATABASE {sibling}")


def test_the_owner_hands_on_table_rights_itself(server: Server) -> None:
    """What a DBA ran once is enough: no administrator is needed after a migration."""
    with deployment(server, migrated=False) as settings:
        migrate(settings)
        with connected(settings, Role.OWNER) as owner:
            grant_tables(owner, settings)
            grant_tables(owner, settings)
        with connected(settings, Role.STREAM) as stream:
            assert error_of(stream, HOUR) == 0
            assert error_of(stream, "DELETE FROM hours") == NO_TABLE_RIGHT


def test_a_changed_password_is_applied(server: Server) -> None:
    with deployment(server) as settings, closing(server.admin()) as admin:
        changed = settings.model_copy(update={"mysql_reader_password": SecretStr("another ' one")})
        apply_grants(admin, changed)

        with connected(changed, Role.READER) as reader:
            assert fetch_all(reader, "SELECT COUNT(*) AS n FROM live_totals") == [{"n": 60}]
        with pytest.raises(ConfigurationError, match=f"error {NO_LOGIN}"):
            open_connection(settings, Role.READER)


def test_an_empty_password_is_refused(server: Server) -> None:
    with (
        closing(server.admin()) as admin,
        deployment(server, granted=False, mysql_batch_password=SecretStr("")) as settings,
        pytest.raises(ConfigurationError, match="set CLICKLEDGER_MYSQL_BATCH_PASSWORD"),
    ):
        apply_grants(admin, settings)


def test_a_refusal_shows_no_password(deployed: Settings) -> None:
    """The owner is no administrator; the statement it may not run holds a password."""
    with (
        connected(deployed, Role.OWNER) as owner,
        pytest.raises(ConfigurationError, match="would not create the user") as refused,
    ):
        apply_grants(owner, deployed)

    shown = "".join(traceback.format_exception(refused.value))
    for role in Role:
        assert deployed.mysql_login(role)[1].get_secret_value() not in shown


def test_users_of_an_embedded_server(server: Server) -> None:
    """Both names of this machine get the user: which one the server sees depends on its options."""
    with deployment(server, mysql_host="", mysql_port=server.port) as settings:
        with closing(server.admin()) as admin:
            hosts = fetch_all(
                admin,
                "SELECT host AS host FROM mysql.user WHERE user = %s ORDER BY host",
                (settings.mysql_stream_user,),
            )
        with connected(settings, Role.STREAM) as stream:
            assert error_of(stream, HOUR) == 0

    assert hosts == [{"host": "127.0.0.1"}, {"host": "localhost"}]


def test_a_dba_can_run_the_printed_statements(server: Server) -> None:
    with closing(server.admin()) as admin, deployment(server, granted=False) as settings:
        with admin.cursor() as cursor:
            for text in grant_statements(settings):
                cursor.execute(text)
        given = settings.model_copy(
            update={
                f"mysql_{role}_password": SecretStr(f"<CLICKLEDGER_MYSQL_{role.upper()}_PASSWORD>")
                for role in Role
            }
        )
        assert len(migrate(given)) > 0
        with connected(given, Role.READER) as reader:
            assert fetch_all(reader, "SELECT state FROM stream_health") == [{"state": "down"}]


def test_views_outlive_the_user_that_made_them(server: Server) -> None:
    """SQL SECURITY INVOKER: a dump restored where the owner has another name still serves."""
    with deployment(server) as settings, closing(server.admin()) as admin:
        with admin.cursor() as cursor:
            cursor.execute("DROP USER %s@'%%'", (settings.mysql_owner_user,))
        with connected(settings, Role.READER) as reader:
            assert fetch_all(reader, "SELECT COUNT(*) AS n FROM live_totals") == [{"n": 60}]
