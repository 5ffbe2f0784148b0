"""Days of the report time zone: built from reconciled hours, and provisional once one has moved."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch import days as days_module
from batch.correct.ownership import bump, own
from batch.days import build_days, days_to_build
from clickledger.mysql.connection import connected, fetch_all
from clickledger.report_calendar import ReportDay, keep_calendar, report_day
from clickledger.settings import Role, Settings
from tests.stack.mysql.built_hours import HOUR, build_hour, hour_of, reconcile_hour, write_hours
from tests.stack.mysql.minutes import FILL_TYPES, Row, random_rows, sums
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

SEED = 20260104
KOLKATA, BERLIN = "Asia/Kolkata", "Europe/Berlin"
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 1, 15)
DAY = timedelta(days=1)


@pytest.fixture
def batch(deployed: Settings) -> Iterator[Connection[Cursor]]:
    """The batch user's connection."""
    with connected(deployed, Role.BATCH) as connection:
        yield connection


@pytest.fixture
def built(request: pytest.FixtureRequest, admin: Connection[Cursor]) -> tuple[ReportDay, list[Row]]:
    """A day (zone, date) and minute rows over it and both its neighbours, all reconciled."""
    zone, day = getattr(request, "param", (KOLKATA, PLAIN))
    asked = report_day(zone, day)
    print(f"seed {SEED}")  # noqa: T201
    start = asked.first_hour - DAY
    rows = random_rows(random.Random(SEED), start, 3 * 24 * 60 + 120, 700)
    write_hours(
        admin, rows, dict.fromkeys(map(hour_of, (row.minute for row in rows)), "reconciled")
    )
    keep_calendar(admin, zone)
    return asked, rows


def day_of(connection: Connection[Cursor], day: date) -> dict[str, Any]:
    """Its row of the view."""
    (row,) = fetch_all(connection, "SELECT * FROM days WHERE day = %s", (day,))
    return row


def assert_served(
    connection: Connection[Cursor], asked: ReportDay, rows: list[Row], state: str, source: str
) -> None:
    """Both views of the day are what a loop over the rows makes of it."""
    mine = [row for row in rows if asked.starts_at <= row.minute < asked.ends_at]
    totals, devices = [], []
    for kind in sorted({row.device_type for row in mine}):
        of_kind = [row for row in mine if row.device_type == kind]
        ids = sorted({row.device_id for row in of_kind})
        total = sums(of_kind, asked.starts_at, asked.ends_at)
        totals.append((asked.day, kind, total.clicks, total.events, len(ids), state, source))
        for device in ids:
            one = sums(
                [row for row in of_kind if row.device_id == device], asked.starts_at, asked.ends_at
            )
            devices.append((asked.day, kind, device, one.clicks, one.events, state, source))
    text = "SELECT * FROM {} WHERE day = %s ORDER BY device_type"
    found = fetch_all(connection, text.format("daily_totals"), (asked.day,))
    assert [tuple(row.values()) for row in found] == totals
    found = fetch_all(connection, text.format("daily_clicks") + ", device_id", (asked.day,))
    assert [tuple(row.values()) for row in found] == devices


def build_all(connection: Connection[Cursor], asked: ReportDay) -> list[date]:
    """Build what can be; the dates."""
    due = days_to_build(connection, asked.ends_at + HOUR)
    return [day.day for day in build_days(connection, "a run", due)]


@pytest.mark.parametrize(
    ("built", "hours"),
    [((KOLKATA, PLAIN), 25), ((BERLIN, SPRING), 23), ((BERLIN, AUTUMN), 25), (("UTC", PLAIN), 24)],
    indirect=["built"],
)
def test_a_day_is_exactly_its_minutes(
    batch: Connection[Cursor], built: tuple[ReportDay, list[Row]], hours: int
) -> None:
    """Kolkata's cuts two UTC hours; Berlin's have 23 and 25 hours."""
    asked, rows = built
    assert_served(batch, asked, rows, "provisional", "stream")

    assert asked.day in build_all(batch, asked)
    assert_served(batch, asked, rows, "final", "batch")
    assert day_of(batch, asked.day)["hours"] == hours
    (kept,) = fetch_all(batch, "SELECT * FROM built_days WHERE day = %s", (asked.day,))
    total = sums(rows, asked.starts_at, asked.ends_at)
    assert (kept["clicks"], kept["events"]) == total[:2]
    made_of = json.loads(kept["hours"])
    assert len(made_of) == hours
    assert set(map(json.dumps, made_of.values())) == {'{"version": 1, "cut": {"0": 7}}'}
    assert build_all(batch, asked) == []


def test_a_day_is_not_built_before_it_has_ended(
    batch: Connection[Cursor], built: tuple[ReportDay, list[Row]]
) -> None:
    asked, _ = built
    due = days_to_build(batch, asked.ends_at - timedelta(minutes=1))
    assert max(day.day for day in due) == asked.day - DAY


def test_a_late_event_makes_both_days_of_its_hour_provisional_at_once(
    admin: Connection[Cursor], batch: Connection[Cursor], built: tuple[ReportDay, list[Row]]
) -> None:
    """The hour in which Kolkata's midnight falls, 18:30 UTC."""
    asked, rows = built
    build_days(batch, "a run", days_to_build(batch, asked.ends_at + 2 * DAY))
    late = Row(asked.starts_at + timedelta(minutes=3), "phone", "late", 5, 1)
    with admin.cursor() as cursor:
        cursor.execute("INSERT INTO clicks_by_minute VALUES (%s, %s, %s, %s, %s)", late)
        cursor.execute("DELETE FROM type_clicks_by_minute")
        cursor.execute(FILL_TYPES)
    bump(admin, hour_of(late.minute), "reopened")

    assert_served(batch, asked, [*rows, late], "provisional", "stream")
    states = fetch_all(batch, "SELECT day, state FROM days WHERE day >= %s ORDER BY day LIMIT 3",
                       (asked.day - DAY,))  # fmt: skip
    assert [row["state"] for row in states] == ["provisional", "provisional", "final"]
    assert build_all(batch, asked) == []  # its hour is not reconciled

    reconcile_hour(admin, hour_of(late.minute))
    assert day_of(batch, asked.day)["state"] == "provisional"  # built from an older version
    assert build_all(batch, asked) == [asked.day - DAY, asked.day]
    assert_served(batch, asked, [*rows, late], "final", "batch")


def test_a_run_that_takes_hours_over_moves_no_day(
    batch: Connection[Cursor], built: tuple[ReportDay, list[Row]]
) -> None:
    """It may die, or find that nothing is to be done."""
    asked, rows = built
    build_all(batch, asked)
    before = fetch_all(batch, "SELECT hour, state, version FROM hours ORDER BY hour")
    own(batch, "another run", [row["hour"] for row in before])
    assert fetch_all(batch, "SELECT hour, state, version FROM hours ORDER BY hour") == before
    assert fetch_all(batch, "SELECT DISTINCT owner_run FROM hours") == [
        {"owner_run": "another run"}
    ]
    assert_served(batch, asked, rows, "final", "batch")


def test_an_hour_that_moves_while_its_day_is_built(
    server: Server,
    batch: Connection[Cursor],
    built: tuple[ReportDay, list[Row]],
    deployed: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, rows = built
    hour = asked.first_whole_hour

    def move(point: str) -> None:
        with closing(server.admin(deployed.mysql_database)) as other:
            bump(other, hour, "reconciled")
            build_hour(other, hour)

    monkeypatch.setattr(days_module, "reach", move)
    assert asked.day not in build_all(batch, asked)
    assert fetch_all(batch, "SELECT * FROM clicks_by_day WHERE day = %s", (asked.day,)) == []
    assert_served(batch, asked, rows, "provisional", "stream")


def test_another_time_zone_has_days_of_its_own(
    admin: Connection[Cursor], batch: Connection[Cursor], built: tuple[ReportDay, list[Row]]
) -> None:
    asked, rows = built
    assert not keep_calendar(batch, KOLKATA)
    build_all(batch, asked)
    in_berlin = report_day(BERLIN, asked.day)

    assert keep_calendar(batch, BERLIN)
    assert_served(batch, in_berlin, rows, "provisional", "stream")
    assert in_berlin.day in build_all(batch, in_berlin)
    assert_served(batch, in_berlin, rows, "final", "batch")
    assert keep_calendar(batch, KOLKATA)
    assert_served(batch, asked, rows, "final", "batch")  # as it was built


def test_a_day_with_a_sealed_hour_is_served_from_its_day_rows(
    admin: Connection[Cursor], batch: Connection[Cursor], built: tuple[ReportDay, list[Row]]
) -> None:
    """Its minute rows may be gone: even after a restatement it is not made of what is left."""
    asked, rows = built
    build_all(batch, asked)
    with admin.cursor() as cursor:
        cursor.execute("UPDATE hours SET state = 'sealed'")
        cursor.execute("DELETE FROM clicks_by_minute")
    assert_served(batch, asked, rows, "final", "batch")
    bump(admin, asked.first_hour, "sealed")
    assert_served(batch, asked, rows, "provisional", "batch")
    assert build_all(batch, asked) == []  # it cuts sealed hours: what they were made of is gone

    keep_calendar(admin, "UTC")
    assert day_of(batch, PLAIN)["state"] == "incomplete"
    assert PLAIN in build_all(batch, report_day("UTC", PLAIN))  # of whole hours
    assert_served(batch, report_day("UTC", PLAIN), rows, "final", "batch")
