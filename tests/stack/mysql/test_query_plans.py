"""A question about an hour reads an hour: the plans on a table of two days, on both servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.ledger.audit import CHECKS
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from tests.stack.mysql.minutes import FILL_TYPES
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
NOON = START + timedelta(hours=12)
MINUTES, DEVICES = 2 * 24 * 60, 40
HOUR = {"start": NOON, "end": NOON + timedelta(hours=1)}
FILL = """
INSERT INTO clicks_by_minute
WITH RECURSIVE numbers (n) AS (
    SELECT CAST(1 AS SIGNED)
    UNION ALL
    SELECT numbers.n * 2 + bit.b FROM numbers CROSS JOIN (SELECT 0 AS b UNION ALL SELECT 1) AS bit
    WHERE numbers.n * 2 + bit.b <= %(minutes)s
)
SELECT
    %(start)s + INTERVAL minutes.n - 1 MINUTE,
    CONCAT('type-', MOD(devices.n, 4)),
    CONCAT('device-', devices.n),
    1,
    1
FROM numbers AS minutes INNER JOIN numbers AS devices ON devices.n <= %(devices)s
ORDER BY 1, 2, 3"""


@pytest.fixture(scope="module")
def filled(server: Server, deployed: Settings) -> Iterator[Connection[Cursor]]:
    """A connection for which it is noon, to 115,200 minute rows over two days."""
    with closing(server.admin(deployed.mysql_database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"start": START, "minutes": MINUTES, "devices": DEVICES})
            assert cursor.rowcount == MINUTES * DEVICES
            cursor.execute(FILL_TYPES)
            cursor.execute("ANALYZE TABLE clicks_by_minute, type_clicks_by_minute")
            cursor.execute("SET timestamp = %s", (NOON.replace(tzinfo=UTC).timestamp(),))
        yield connection


def plan(
    connection: Connection[Cursor], text: str, parameters: dict[str, Any] | None = None
) -> set[tuple[str, str, str]]:
    """(table or its alias, access type, key) of the plan's steps on stored tables.

    A range that is open at one end is a "range" too: so each step's estimate must be small.
    """
    # MySQL 9 explains as a tree unless asked; both call the old table "traditional".
    steps = fetch_all(connection, f"EXPLAIN FORMAT=TRADITIONAL {text}", parameters)
    stored = {"clicks_by_minute", "type_clicks_by_minute", "counted"}
    on_tables = [step for step in steps if step["table"] in stored]
    assert max(int(step["rows"]) for step in on_tables) <= 2 * 60 * DEVICES, on_tables
    return {(step["table"], step["type"], step["key"]) for step in on_tables}


def test_top_devices_of_an_hour(filled: Connection[Cursor]) -> None:
    assert plan(filled, statement("queries/top_devices"), {**HOUR, "limit": 10}) == {
        ("clicks_by_minute", "range", "PRIMARY")
    }


def test_top_devices_last_hour(filled: Connection[Cursor]) -> None:
    assert plan(filled, "SELECT * FROM top_devices_last_hour WHERE place <= 10") == {
        ("clicks_by_minute", "range", "PRIMARY")
    }


def test_a_device_in_an_hour(filled: Connection[Cursor]) -> None:
    asked = {**HOUR, "device_id": "device-7", "limit": 100}

    assert plan(filled, statement("queries/device_history"), asked) == {
        ("clicks_by_minute", "range", "by_device")
    }


def test_all_of_a_device(filled: Connection[Cursor]) -> None:
    assert plan(filled, "SELECT * FROM device_history WHERE device_id = 'device-7'") == {
        ("clicks_by_minute", "ref", "by_device")
    }


@pytest.mark.parametrize("device_type", [None, "type-1"])
def test_sliding_windows_of_an_hour(filled: Connection[Cursor], device_type: str | None) -> None:
    asked = {**HOUR, "length": 5, "slide": 1, "device_type": device_type}

    assert plan(filled, statement("queries/sliding_windows"), asked) == {
        ("type_clicks_by_minute", "range", "PRIMARY")
    }


def test_live_totals(filled: Connection[Cursor]) -> None:
    assert plan(filled, statement("queries/live_totals")) == {("counted", "ref", "PRIMARY")}


def test_live_type_totals(filled: Connection[Cursor]) -> None:
    assert plan(filled, statement("queries/live_type_totals")) == {
        ("type_clicks_by_minute", "range", "PRIMARY"),
        ("counted", "eq_ref", "PRIMARY"),
    }


@pytest.mark.parametrize("check", ["types_equal_minutes", "devices_equal_rows"])
def test_the_audit_groups_minute_rows_in_key_order(filled: Connection[Cursor], check: str) -> None:
    """Ten million rows in one pass: the index gives the order, nothing is sorted or kept."""
    assert check in CHECKS
    steps = fetch_all(filled, f"EXPLAIN FORMAT=TRADITIONAL {statement(f'audit/{check}')}")
    pass_over_minutes = [step for step in steps if step["table"] == "clicks_by_minute"]

    assert [(step["type"], step["key"], step["Extra"] or "") for step in pass_over_minutes] == [
        ("index", "PRIMARY", "")
    ]


@pytest.mark.parametrize("check", ["ranges_tile", "epochs_grow"])
def test_the_audit_finds_the_following_range_by_its_key(
    filled: Connection[Cursor], check: str
) -> None:
    steps = fetch_all(filled, f"EXPLAIN FORMAT=TRADITIONAL {statement(f'audit/{check}')}")
    lookups = [(step["type"], step["key"]) for step in steps if step["table"] == "following"]

    assert lookups == [("eq_ref", "PRIMARY")]
