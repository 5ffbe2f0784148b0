"""Which hours a run takes: what is open, what was left by a run that died; nothing that waits."""

from __future__ import annotations

from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.due import EVER, hours_to_reconcile
from batch.reconcile.results import HourResult, Verdict, keep_results
from batch.run import Run
from tests.stack.mysql.built_hours import HOUR, reconcile_hour, write_hours

pytestmark = pytest.mark.stack

START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
STATES = ("open", "provisional", "reopened", "reconciled", "reconciled", "sealed", "sealed")
HOURS = [START + n * HOUR for n in range(len(STATES))]
SAID, UNSAID = HOURS[3:5]
RUN = Run("a run", "reconcile", "", "tests", "a test", False, "r", "c")  # that marks built hours


@pytest.fixture(autouse=True)
def _hours(admin: Connection[Cursor]) -> None:
    """In every state; of one, the run that marked it died before it had checked it."""
    write_hours(admin, [], dict(zip(HOURS, STATES, strict=True)))
    with admin.cursor() as cursor:
        for table in ("held_hours", "reconcile_results"):
            cursor.execute(f"DELETE FROM {table}")
    keep_results(admin, RUN, [HourResult(SAID, Verdict.IDENTICAL)])


def asked(connection: Connection[Cursor], *, again: bool = False) -> list[datetime]:
    return hours_to_reconcile(connection, *EVER, again=again)


def test_what_is_not_reconciled_or_was_marked_and_never_checked(admin: Connection[Cursor]) -> None:
    assert asked(admin) == [*HOURS[:3], UNSAID]
    assert asked(admin, again=True) == HOURS[:5]
    assert hours_to_reconcile(admin, HOURS[1], UNSAID, again=False) == HOURS[1:3]

    keep_results(admin, RUN, [HourResult(UNSAID, Verdict.IDENTICAL)])
    assert asked(admin) == HOURS[:3]


def test_what_was_said_of_an_earlier_mark_does_not_count(admin: Connection[Cursor]) -> None:
    reconcile_hour(admin, SAID)
    assert asked(admin) == [*HOURS[:3], UNSAID]
    with admin.cursor() as cursor:
        cursor.execute("UPDATE reconciled_hours SET run = 'a later run' WHERE hour = %s", (SAID,))
    assert asked(admin) == [*HOURS[:3], SAID, UNSAID]


def test_a_held_hour_waits_for_a_person(admin: Connection[Cursor]) -> None:
    with admin.cursor() as cursor:
        for hour in (HOURS[0], UNSAID):
            text = "INSERT INTO held_hours VALUES (%s, 'r', 'why', UTC_TIMESTAMP(3))"
            cursor.execute(text, (hour,))
    assert asked(admin) == HOURS[1:3]
    assert asked(admin, again=True) == HOURS[1:4]
