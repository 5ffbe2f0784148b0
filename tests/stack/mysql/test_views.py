"""What readers see, compared with a loop over the rows, at both ends of a minute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from tests.stack.mysql.minutes import MINUTE, Row, random_rows, sums, write_rows
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

SEED = 20260101
RUNNING = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC; the first minute of an hour and a year
FIRST = RUNNING - 59 * MINUTE
ROWS = random_rows(random.Random(SEED), RUNNING - 90 * MINUTE, 120, 150)


@pytest.fixture(params=[0.0, 59.999], ids=["minute-begins", "minute-ends"])
def at_running(
    request: pytest.FixtureRequest, server: Server, deployed: Settings
) -> Iterator[Connection[Cursor]]:
    """A connection for which it is the begin, or the end, of the minute RUNNING."""
    print(f"seed {SEED}")  # noqa: T201
    moment = RUNNING.replace(tzinfo=UTC).timestamp() + request.param
    with closing(server.admin(deployed.mysql_database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET timestamp = %s", (moment,))
        write_rows(connection, ROWS)
        yield connection


def numbers(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows]


def test_live_totals(at_running: Connection[Cursor]) -> None:
    seen = numbers(fetch_all(at_running, statement("queries/live_totals")))

    minutes = [FIRST + n * MINUTE for n in range(60)]
    assert seen == [(minute, *sums(ROWS, minute, minute + MINUTE)) for minute in minutes]
    assert (0, 0, 0) in {row[1:] for row in seen}


def test_live_type_totals(at_running: Connection[Cursor]) -> None:
    with_tv_long_ago = [Row(RUNNING - 60 * MINUTE, "watch", "a", 1, 1), *ROWS]
    in_the_future = Row(RUNNING + MINUTE, "fridge", "a", 1, 1)
    write_rows(at_running, [*with_tv_long_ago, in_the_future])
    seen = numbers(fetch_all(at_running, statement("queries/live_type_totals")))

    assert seen == [
        (minute, device_type, *sums(ROWS, minute, minute + MINUTE, device_type))
        for minute in (FIRST + n * MINUTE for n in range(60))
        for device_type in ("phone", "tablet", "tv")
    ]


def test_live_totals_without_a_row(at_running: Connection[Cursor]) -> None:
    write_rows(at_running, [])

    totals = numbers(fetch_all(at_running, statement("queries/live_totals")))
    assert totals == [(FIRST + n * MINUTE, 0, 0, 0) for n in range(60)]
    assert fetch_all(at_running, statement("queries/live_type_totals")) == []


def ranked(rows: list[Row], start: datetime, end: datetime) -> list[tuple[Any, ...]]:
    """(place, type, device, clicks, events) of the rows in a window."""
    devices: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if start <= row.minute < end:
            devices.setdefault((row.device_type, row.device_id), []).append(row)
    order = sorted(
        (-sum(row.clicks for row in group), -sum(row.events for row in group), *key)
        for key, group in devices.items()
    )
    return [
        (place, device_type, device_id, -clicks, -events)
        for place, (clicks, events, device_type, device_id) in enumerate(order, 1)
    ]


def test_top_devices_last_hour(at_running: Connection[Cursor]) -> None:
    seen = fetch_all(at_running, "SELECT * FROM top_devices_last_hour ORDER BY place")

    assert numbers(seen) == ranked(ROWS, FIRST, RUNNING + MINUTE)


def test_top_devices_of_a_window(at_running: Connection[Cursor]) -> None:
    start, end = RUNNING - 70 * MINUTE, RUNNING - 5 * MINUTE
    seen = fetch_all(
        at_running, statement("queries/top_devices"), {"start": start, "end": end, "limit": 7}
    )

    assert numbers(seen) == ranked(ROWS, start, end)[:7]


def test_device_history(at_running: Connection[Cursor]) -> None:
    start, end = RUNNING - 70 * MINUTE, RUNNING
    seen = fetch_all(
        at_running,
        statement("queries/device_history"),
        {"device_id": "b", "start": start, "end": end, "limit": 10},
    )

    mine = [row for row in ROWS if row.device_id == "b" and start <= row.minute < end]
    mine.sort(key=lambda row: (-row.minute.timestamp(), row.device_type))
    expected = [(row.minute, row.device_type, row.clicks, row.events) for row in mine]
    assert numbers(seen) == expected[:10]


def test_rejects_last_day(at_running: Connection[Cursor]) -> None:
    hour = RUNNING
    counted = [
        (hour - timedelta(hours=24), "bad_time", 1),
        (hour - timedelta(hours=23), "bad_time", 2),
        (hour, "bad_click", 3),
        (hour, "bad_time", 4),
    ]
    with at_running.cursor() as cursor:
        cursor.execute("DELETE FROM rejected_counts")
        cursor.execute("DELETE FROM rejected_events")
        cursor.executemany("INSERT INTO rejected_counts VALUES (%s, %s, %s)", counted)
        cursor.executemany(
            "INSERT INTO rejected_events VALUES ('clicks', 0, %s, %s, NULL, NULL, %s, %s)",
            [(1, "bad_time", hour, hour), (2, "bad_time", hour, hour), (3, "x", hour, hour)],
        )
    seen = fetch_all(at_running, "SELECT * FROM rejects_last_day ORDER BY hour, reason")

    assert numbers(seen) == [(*counted[1], 0), (*counted[2], 0), (*counted[3], 2)]


def test_stream_health(at_running: Connection[Cursor]) -> None:
    with at_running.cursor() as cursor:
        cursor.execute("UPDATE stream_fence SET epoch = 8")
        cursor.execute(
            "UPDATE stream_state SET state = 'running', epoch = 7, generation = 'g',"
            " release_name = 'r', lag_events = 12,"
            " heartbeat_at = UTC_TIMESTAMP(3) - INTERVAL 1250000 MICROSECOND,"
            " last_commit_at = UTC_TIMESTAMP(3) - INTERVAL 2 DAY"
        )
    seen = fetch_all(at_running, "SELECT * FROM stream_health")

    assert [{name: str(value) for name, value in row.items()} for row in seen] == [
        {
            "state": "running",
            "desired_state": "running",
            "heartbeat_age_s": "1.2500",
            "last_commit_age_s": "172800.0000",
            "lag_events": "12",
            "epoch": "7",
            "fence_epoch": "8",
            "generation": "g",
            "release_name": "r",
            "halt_exit_code": "None",
            "halt_reason": "None",
        }
    ]
