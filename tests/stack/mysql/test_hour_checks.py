"""Each check of a reconciled hour finds what breaks it; the hour is held and reopened."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.holds import release_hold
from batch.correct.ownership import bump
from batch.reconcile.checks import CHECKS, broken_hours, checked
from batch.reconcile.results import HourResult, Verdict
from batch.run import Run
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import SQL_FOLDER
from clickledger.settings import Role, Settings
from tests.stack.mysql.built_hours import HOUR, write_hours
from tests.stack.mysql.minutes import random_rows

pytestmark = pytest.mark.stack

SEED = 20260106
START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
HOURS = [START + n * HOUR for n in range(4)]
BAD = HOURS[2]
RUN = Run("a run", "reconcile", "", "tests", "a test", False, "r", "c")
MEASURE = (
    "INSERT INTO event_measures_by_hour SELECT hour, device_type, events, 0, events, 0, 0, 0, 0"
    " FROM type_clicks_by_hour"
)
HARMS = {
    "minute_rows_possible": "UPDATE clicks_by_minute SET device_id = '' WHERE minute = %s LIMIT 1",
    "hour_rows_possible": "UPDATE clicks_by_hour SET last_minute = '2027-01-01' WHERE hour = %s"
    " LIMIT 1",
    "minutes_equal_types": "UPDATE type_clicks_by_minute SET devices = devices + 1"
    " WHERE minute = %s LIMIT 1",
    "minutes_equal_hours": "UPDATE type_clicks_by_hour SET clicks = clicks + 1 WHERE hour = %s"
    " LIMIT 1",
    "hours_equal_types": "DELETE FROM clicks_by_hour WHERE hour = %s LIMIT 1",
    "marks_equal_hours": "UPDATE reconciled_hours SET version = 7 WHERE hour = %s",
    "measures_equal_hours": "DELETE FROM event_measures_by_hour WHERE hour = %s LIMIT 1",
}
ALSO = {"minutes_equal_hours": {"hours_equal_types", "marks_equal_hours"}}


@pytest.fixture
def batch(deployed: Settings) -> Iterator[Connection[Cursor]]:
    """The batch user's connection."""
    with connected(deployed, Role.BATCH) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _reconciled_hours(admin: Connection[Cursor]) -> None:
    """Four hours, as reconcile leaves them."""
    print(f"seed {SEED}")  # noqa: T201
    rows = random_rows(random.Random(SEED), START, 4 * 60, 900)
    write_hours(admin, rows, dict.fromkeys(HOURS, "reconciled"))
    with admin.cursor() as cursor:
        for table in ("held_hours", "hour_incidents", "event_measures_by_hour"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute(MEASURE)


def test_every_check_is_tried() -> None:
    assert {path.stem for path in (SQL_FOLDER / "checks").iterdir()} == CHECKS.keys() == set(HARMS)


def test_hours_as_reconcile_leaves_them_break_nothing(batch: Connection[Cursor]) -> None:
    assert broken_hours(batch, HOURS) == {}


@pytest.mark.parametrize("check", HARMS)
def test_what_breaks_a_check_is_named(
    admin: Connection[Cursor], batch: Connection[Cursor], check: str
) -> None:
    with admin.cursor() as cursor:
        assert cursor.execute(HARMS[check], (BAD,)) == 1
    found = broken_hours(batch, HOURS)
    assert found.keys() == {BAD}
    version, what = found[BAD]
    assert version == 1
    assert {name for name in CHECKS if f"{name} (" in what} == {check, *ALSO.get(check, ())}


def test_an_hour_that_is_not_served_as_reconciled_is_left_alone(
    admin: Connection[Cursor], batch: Connection[Cursor]
) -> None:
    with admin.cursor() as cursor:
        cursor.execute(HARMS["hours_equal_types"], (BAD,))
    bump(admin, BAD, "reopened")
    assert broken_hours(batch, HOURS) == {}


def test_a_broken_hour_is_held_and_reopened_until_a_person_has_decided(
    admin: Connection[Cursor], batch: Connection[Cursor]
) -> None:
    with admin.cursor() as cursor:
        cursor.execute(HARMS["hours_equal_types"], (BAD,))
    results = [HourResult(hour, Verdict.IDENTICAL) for hour in HOURS]
    found = {result.hour: result for result in checked(batch, RUN, results)}
    assert found[BAD].verdict is Verdict.BREAKS_CHECK
    assert not found[BAD].verdict.is_reconciled
    assert found[BAD].detail.startswith("hours_equal_types (device_type ")
    assert {each.verdict for hour, each in found.items() if hour != BAD} == {Verdict.IDENTICAL}
    (state,) = fetch_all(batch, "SELECT hour, state FROM hours WHERE state <> 'reconciled'")
    assert state == {"hour": BAD, "state": "reopened"}
    (held,) = fetch_all(batch, "SELECT hour, run FROM held_hours")
    assert held == {"hour": BAD, "run": RUN.run}
    (incident,) = fetch_all(batch, "SELECT hour, verdict, detail FROM open_incidents")
    assert incident == {"hour": BAD, "verdict": "check failed", "detail": found[BAD].detail}

    release_hold(batch, BAD, "tests", "it is rebuilt")
    assert fetch_all(batch, "SELECT * FROM open_incidents") == []


def test_an_hour_that_moved_since_it_was_looked_at_is_not_held(
    admin: Connection[Cursor], batch: Connection[Cursor], monkeypatch: pytest.MonkeyPatch
) -> None:
    with admin.cursor() as cursor:
        cursor.execute(HARMS["hours_equal_types"], (BAD,))
    seen = broken_hours(batch, HOURS)
    bump(admin, BAD, "reopened")
    monkeypatch.setattr("batch.reconcile.checks.broken_hours", lambda connection, hours: seen)
    results = [HourResult(BAD, Verdict.IDENTICAL)]
    assert checked(batch, RUN, results) == results
    assert fetch_all(batch, "SELECT hour FROM held_hours") == []
