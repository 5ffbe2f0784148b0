"""What is corrected on nobody's word, what waits for a person's, and what cannot be corrected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.evidence import Evidence
from batch.correct.owed import Owed
from batch.correct.ownership import own
from batch.reconcile.results import HourResult, Verdict
from batch.reconcile.settling import Settler
from batch.recount.compare import Comparison, Difference
from batch.run import Run
from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, Settings
from tests.stack.mysql.built_hours import write_hours
from tests.stack.mysql.minutes import Row

pytestmark = pytest.mark.stack

HOUR = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
RUN = Run("a run", "reconcile", "", "tests", "a test", False, "r", "c")
CLICKS = 200  # of the hour, by the recount
BY_HAND = Evidence(frozenset({(to_epoch_ms(HOUR), "tv")}), lambda: True, (), [], "c", Owed())


@pytest.fixture
def batch(deployed: Settings, admin: Connection[Cursor]) -> Iterator[Connection[Cursor]]:
    """The batch user's connection; one hour is owned by our run, and was reconciled."""
    rows = [Row(HOUR, "tv", "changed", 50, 2), Row(HOUR, "tv", "right", 150, 9)]
    write_hours(admin, rows, {HOUR: "reconciled"})
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM corrections")
    with connected(deployed, Role.BATCH) as connection:
        own(connection, RUN.run, [HOUR])
        yield connection


def settled(connection: Connection[Cursor], settings: Settings, counted: int) -> HourResult:
    """What is done about a row of 50 clicks that the run saw as ``counted``."""
    difference = Difference(to_epoch_ms(HOUR), "tv", "changed", counted, 2, 50, 2)
    found = HourResult(
        HOUR,
        Verdict.IDENTICAL,
        cut={0: 7},
        comparison=Comparison(2, 1, 0, 0, (difference,)),
        recount=(CLICKS, 11),
    )
    return Settler(connection, RUN, settings, approved=False).correct(found, BY_HAND, 1)


def change(connection: Connection[Cursor], clicks: int) -> None:
    with connection.cursor() as cursor:
        text = "UPDATE clicks_by_minute SET clicks = %s WHERE device_id = 'changed'"
        assert cursor.execute(text, (clicks,)) == 1


def state(connection: Connection[Cursor]) -> list[dict[str, Any]]:
    return fetch_all(connection, "SELECT state FROM hours")


@pytest.mark.parametrize("moved", [1, 2, -2])
def test_up_to_the_share_nobody_is_asked(
    admin: Connection[Cursor], batch: Connection[Cursor], deployed: Settings, moved: int
) -> None:
    """Exactly the share is not above it."""
    assert deployed.correction_approval_share * CLICKS == 2
    change(admin, 50 + moved)
    assert settled(batch, deployed, 50 + moved).verdict is Verdict.CORRECTED
    rows = "SELECT device_id, clicks FROM clicks_by_minute ORDER BY device_id"
    assert fetch_all(batch, rows) == [
        {"device_id": "changed", "clicks": 50},
        {"device_id": "right", "clicks": 150},
    ]
    assert fetch_all(batch, "SELECT clicks_delta FROM corrections") == [{"clicks_delta": -moved}]
    assert state(batch) == [{"state": "reconciled"}]


def test_above_the_share_a_person_is_asked(
    admin: Connection[Cursor], batch: Connection[Cursor], deployed: Settings
) -> None:
    change(admin, 53)
    found = settled(batch, deployed, 53)
    assert found.verdict is Verdict.DIFFERS
    assert found.detail.startswith("corrections would move 3 clicks, 1.5% of the hour's")
    assert fetch_all(batch, "SELECT * FROM corrections") == []
    assert state(batch) == [{"state": "reopened"}]


def test_what_cannot_be_corrected_is_not_served_as_reconciled(
    admin: Connection[Cursor], batch: Connection[Cursor], deployed: Settings
) -> None:
    """The row was changed once more since the snapshot: the delta would take it below zero."""
    change(admin, 1)
    found = settled(batch, deployed, 52)
    assert (found.verdict, found.cause) == (Verdict.DIFFERS, "manual change")
    assert "would come to -1 clicks of 2 events" in found.detail
    assert fetch_all(batch, "SELECT * FROM corrections") == []
    assert state(batch) == [{"state": "reopened"}]
