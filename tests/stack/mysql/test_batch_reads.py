"""A question about an hour, a day or a device reads little of 230,592 minute rows, on both servers.

Counted by what the server's handlers read, not by the plan: a join that looks a range up for each
row has no row estimate.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.days import build_days, days_to_build
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.report_calendar import keep_calendar
from clickledger.settings import Settings
from tests.stack.mysql.built_hours import HOUR
from tests.stack.mysql.minutes import FILL_TYPES
from tests.stack.mysql.servers import Server
from tests.stack.mysql.test_query_plans import FILL

pytestmark = pytest.mark.stack

START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
DAYS, DEVICES = 8, 20
OF_HOUR, OF_DAY = 60 * DEVICES, 1440 * DEVICES
OPEN = [START + 5 * HOUR, *(START + timedelta(days=DAYS - 2) + n * HOUR for n in range(48))]
SLACK = 60 * 12  # calendar, hours, the series of minutes
RARE = (
    "INSERT INTO clicks_by_minute SELECT DISTINCT minute, 'rare', 'a', 1, 1 FROM clicks_by_minute"
    " WHERE MINUTE(minute) = 7"
)
BUILD = (
    "INSERT INTO hours SELECT DISTINCT minute, 'reconciled', 1, NULL, minute"
    " FROM type_clicks_by_minute WHERE MINUTE(minute) = 0",
    "INSERT INTO clicks_by_hour SELECT minute - INTERVAL MINUTE(minute) MINUTE AS hour,"
    " device_type, device_id, SUM(clicks), SUM(events), MIN(minute), MAX(minute)"
    " FROM clicks_by_minute"
    " GROUP BY hour, device_type, device_id",
    "INSERT INTO type_clicks_by_hour SELECT hour, device_type, SUM(clicks), SUM(events), COUNT(*)"
    " FROM clicks_by_hour GROUP BY hour, device_type",
)
TABLES = (
    "clicks_by_minute, type_clicks_by_minute, hours, clicks_by_hour, type_clicks_by_hour,"
    " report_calendar, built_days, clicks_by_day, type_clicks_by_day"
)


@pytest.fixture(scope="module")
def filled(server: Server, deployed: Settings) -> Iterator[Connection[Cursor]]:
    """8 days: the last two, and one hour of the first, are not reconciled."""
    with closing(server.admin(deployed.mysql_database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"start": START, "minutes": DAYS * 1440, "devices": DEVICES})
            cursor.execute(RARE)
            cursor.execute(FILL_TYPES)
            for text in BUILD:
                cursor.execute(text)
            marks = ", ".join(["%s"] * len(OPEN))
            cursor.execute(f"UPDATE hours SET state = 'open' WHERE hour IN ({marks})", OPEN)
            cursor.execute(f"DELETE FROM clicks_by_hour WHERE hour IN ({marks})", OPEN)
        keep_calendar(connection, "UTC")
        due = days_to_build(connection, START + timedelta(days=DAYS))
        assert len(build_days(connection, "a run", due)) == DAYS - 3
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE TABLE {TABLES}")
        yield connection


def reads(connection: Connection[Cursor]) -> int:
    rows = fetch_all(connection, "SHOW SESSION STATUS LIKE 'Handler_read%'")
    return sum(int(row["Value"]) for row in rows)


def read_for(connection: Connection[Cursor], text: str, parameters: object = None) -> int:
    """How many rows the server's handlers read to answer, temporary tables included."""
    before = reads(connection)
    assert fetch_all(connection, text, parameters)
    return reads(connection) - before


@pytest.mark.parametrize("view", ["hourly_clicks", "hourly_totals"])
@pytest.mark.parametrize("hour", [START + 40 * HOUR, OPEN[0], OPEN[-1]])
def test_an_hour(filled: Connection[Cursor], view: str, hour: datetime) -> None:
    text = f"SELECT * FROM {view} WHERE hour = %s"
    assert read_for(filled, text, (hour,)) <= 6 * OF_HOUR + SLACK


@pytest.mark.parametrize("view", ["hourly_clicks", "hourly_totals"])
def test_some_hours_half_of_them_reconciled(filled: Connection[Cursor], view: str) -> None:
    text = f"SELECT * FROM {view} WHERE hour >= %s AND hour < %s"
    span = (OPEN[1] - 4 * HOUR, OPEN[1] + 4 * HOUR)
    assert read_for(filled, text, span) <= 8 * 6 * OF_HOUR + SLACK


@pytest.mark.parametrize("view", ["daily_clicks", "daily_totals"])
def test_a_day(filled: Connection[Cursor], view: str) -> None:
    text = f"SELECT * FROM {view} WHERE day = %s"
    assert read_for(filled, text, (START.date() + timedelta(days=3),)) <= SLACK
    assert read_for(filled, text, (OPEN[-1].date(),)) <= 3 * OF_DAY + SLACK


def test_all_days(filled: Connection[Cursor]) -> None:
    """Only provisional days read minute rows; the calendar of a century is not gone through."""
    assert read_for(filled, "SELECT * FROM days") <= 6 * 24 * DAYS + SLACK
    assert read_for(filled, "SELECT * FROM daily_totals") <= 3 * 3 * OF_DAY + 6 * 24 * DAYS + SLACK


@pytest.mark.parametrize("view", ["hourly_clicks", "daily_clicks", "devices"])
def test_a_device(filled: Connection[Cursor], view: str) -> None:
    """Its hour rows, and its minutes of the hours or days that are not built."""
    text = f"SELECT * FROM {view} WHERE device_id = 'a' AND device_type = 'rare'"
    assert read_for(filled, text) <= 6 * (24 * DAYS + 60 * len(OPEN)) + 4 * 24 * DAYS + SLACK


def test_new_devices_of_a_day(filled: Connection[Cursor]) -> None:
    start = START + timedelta(days=3)
    asked = {"start": start, "end": start + timedelta(days=1)}
    assert read_for(filled, statement("queries/new_devices"), asked) <= 2 * OF_DAY + SLACK
