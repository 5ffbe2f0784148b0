"""An hour that nobody can explain is held, by the run that owns it and by no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.evidence import Evidence
from batch.correct.owed import Owed
from batch.correct.ownership import OvertakenError, own
from batch.reconcile.results import HourResult, Verdict
from batch.reconcile.settling import Settler
from batch.recount.compare import Comparison, Difference
from batch.run import Run
from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, Settings
from tests.stack.mysql.built_hours import write_hours

pytestmark = pytest.mark.stack

HOUR = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
RUN = Run("a run", "reconcile", "", "tests", "a test", False, "r", "c")
FOUND = HourResult(
    HOUR,
    Verdict.IDENTICAL,
    comparison=Comparison(1, 1, 0, 0, (Difference(to_epoch_ms(HOUR), "tv", "d", 1, 1, 2, 1),)),
)
# The books balance, and it is the code that recounts which has counted.
UNKNOWN = Evidence(frozenset(), lambda: True, (), [("r", "c")], "c", Owed())


@pytest.fixture
def batch(deployed: Settings, admin: Connection[Cursor]) -> Iterator[Connection[Cursor]]:
    """The batch user's connection; one hour is owned by our run."""
    write_hours(admin, [], {HOUR: "reconciled"})
    with admin.cursor() as cursor:
        for table in ("held_hours", "hour_incidents"):
            cursor.execute(f"DELETE FROM {table}")
    with connected(deployed, Role.BATCH) as connection:
        own(connection, RUN.run, [HOUR])
        yield connection


def correct(connection: Connection[Cursor], settings: Settings) -> HourResult:
    return Settler(connection, RUN, settings, approved=True).correct(FOUND, UNKNOWN, 1)


def test_it_is_held(batch: Connection[Cursor], deployed: Settings) -> None:
    assert correct(batch, deployed).verdict is Verdict.DIFFERS
    assert fetch_all(batch, "SELECT hour, run FROM held_hours") == [{"hour": HOUR, "run": RUN.run}]
    assert fetch_all(batch, "SELECT verdict FROM open_incidents") == [{"verdict": "unknown"}]
    assert fetch_all(batch, "SELECT state FROM hours") == [{"state": "reopened"}]


def test_a_run_that_was_overtaken_holds_nothing(
    batch: Connection[Cursor], deployed: Settings
) -> None:
    """The newer run has corrected and marked the hour; what the older one saw is history."""
    own(batch, "another run", [HOUR])
    with pytest.raises(OvertakenError):
        correct(batch, deployed)
    assert fetch_all(batch, "SELECT * FROM held_hours") == []
    assert fetch_all(batch, "SELECT * FROM hour_incidents") == []
    assert fetch_all(batch, "SELECT state FROM hours") == [{"state": "reconciled"}]
