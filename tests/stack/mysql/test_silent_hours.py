"""Hours without any event are marked many at once, each with what was measured of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.ownership import bump, own
from batch.reconcile.results import HourResult, Verdict
from batch.reconcile.settling import Settler
from batch.recount.measures import Measures
from batch.recount.minutes import empty_minutes
from batch.recount.snapshot import Snapshot
from batch.run import Run
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, Settings
from tests.stack.mysql.built_hours import HOUR, write_hours

pytestmark = pytest.mark.stack

START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
HOURS = [START + n * HOUR for n in range(4)]
RUN = Run("a run", "reconcile", "", "tests", "a test", False, "r", "c")


def arrived(*hours: datetime) -> Measures:
    """As many records as the hour's number, all rejected."""
    return Measures(arrivals=tuple((hour, "", "not_utf8", hour.hour + 1) for hour in hours))


@pytest.fixture
def batch(deployed: Settings, admin: Connection[Cursor]) -> Iterator[Connection[Cursor]]:
    """The batch user's connection; the hours are owned by our run."""
    write_hours(admin, [], dict.fromkeys(HOURS, "open"))
    with connected(deployed, Role.BATCH) as connection:
        own(connection, RUN.run, HOURS)
        yield connection


def test_each_keeps_what_arrived_in_it(batch: Connection[Cursor], deployed: Settings) -> None:
    """Hours that are judged by different rules are measured apart; one moves meanwhile."""
    odd, even = arrived(HOURS[1], HOURS[3]), arrived(HOURS[0], HOURS[2])
    found = [
        HourResult(hour, Verdict.IDENTICAL, measures=odd if hour.hour % 2 else even)
        for hour in HOURS
    ]
    snapshot = Snapshot({0: 7}, dict.fromkeys(HOURS, 1), empty_minutes(), {})
    bump(batch, HOURS[3])
    results = Settler(batch, RUN, deployed, approved=False).mark_silent(found, snapshot)
    assert [result.verdict for result in results] == ["identical"] * 3 + ["moved"]
    marked = fetch_all(batch, "SELECT hour, version FROM reconciled_hours ORDER BY hour")
    assert marked == [{"hour": hour, "version": 2} for hour in HOURS[:3]]
    kept = fetch_all(batch, "SELECT hour, records FROM arrivals_by_hour ORDER BY hour")
    assert kept == [{"hour": hour, "records": hour.hour + 1} for hour in HOURS[:3]]
