"""Hours and devices as readers see them: from hour rows or minute rows, the sums are the same."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from tests.stack.mysql.built_hours import HOUR, hour_of, write_hours
from tests.stack.mysql.minutes import Row, random_rows, sums

pytestmark = pytest.mark.stack

SEED = 20260103
START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
HOURS = [START + n * HOUR for n in range(30)]
RNG = random.Random(SEED)
STATES = {
    hour: RNG.choice(["open", "provisional", "reconciled", "reopened", "sealed"]) for hour in HOURS
}
EARLIEST = Row(HOURS[-1], "phone", "only here", 1, 1)
ROWS = [*random_rows(RNG, START, 29 * 60, 500), EARLIEST]
SOURCE = {
    hour: "batch" if s in {"reconciled", "sealed"} else "stream" for hour, s in STATES.items()
}


@pytest.fixture(scope="module", autouse=True)
def _figures(server: Any, deployed: Any) -> None:
    print(f"seed {SEED}")  # noqa: T201
    assert set(STATES.values()) == {"open", "provisional", "reconciled", "reopened", "sealed"}
    with server.admin(deployed.mysql_database) as connection:
        write_hours(connection, ROWS, STATES)


def numbers(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows]


def devices_of(rows: list[Row]) -> list[tuple[str, str]]:
    return sorted({(row.device_type, row.device_id) for row in rows})


def test_hourly_clicks(admin: Connection[Cursor]) -> None:
    seen = fetch_all(admin, "SELECT * FROM hourly_clicks ORDER BY hour, device_type, device_id")

    expected = []
    for hour in HOURS:
        of_hour = [row for row in ROWS if hour_of(row.minute) == hour]
        for key in devices_of(of_hour):
            mine = [row for row in of_hour if (row.device_type, row.device_id) == key]
            total = sums(mine, hour, hour + HOUR)
            expected.append((hour, *key, total.clicks, total.events, SOURCE[hour]))
    assert numbers(seen) == expected


def test_hourly_totals(admin: Connection[Cursor]) -> None:
    seen = fetch_all(admin, "SELECT * FROM hourly_totals ORDER BY hour, device_type")

    expected = []
    for hour in HOURS:
        of_hour = [row for row in ROWS if hour_of(row.minute) == hour]
        for kind in sorted({row.device_type for row in of_hour}):
            mine = [row for row in of_hour if row.device_type == kind]
            total = sums(mine, hour, hour + HOUR)
            different = len(devices_of(mine))
            expected.append((hour, kind, total.clicks, total.events, different, SOURCE[hour]))
    assert numbers(seen) == expected


def test_devices(admin: Connection[Cursor]) -> None:
    seen = fetch_all(admin, "SELECT * FROM devices ORDER BY device_type, device_id")

    expected = []
    for key in devices_of(ROWS):
        mine = [row for row in ROWS if (row.device_type, row.device_id) == key]
        times = [row.minute for row in mine]
        total = sums(mine, START, HOURS[-1] + HOUR)
        expected.append((*key, min(times), max(times), total.clicks, total.events))
    assert numbers(seen) == expected


@pytest.mark.parametrize("hour", [HOURS[2], HOURS[20], HOURS[-1]])
def test_new_devices_have_no_earlier_event(admin: Connection[Cursor], hour: datetime) -> None:
    asked = {"start": hour, "end": hour + HOUR}
    seen = fetch_all(admin, statement("queries/new_devices"), asked)

    before = set(devices_of([row for row in ROWS if row.minute < hour]))
    now = devices_of([row for row in ROWS if hour_of(row.minute) == hour])
    expected = {}
    for kind in {kind for kind, _ in now}:
        mine = [key for key in now if key[0] == kind]
        new = sum(key not in before for key in mine)
        expected[kind] = (len(mine), new, len(mine) - new)
    assert {row["device_type"]: tuple(row.values())[1:] for row in seen} == expected
    assert hour is not HOURS[-1] or expected == {"phone": (1, 1, 0)}
