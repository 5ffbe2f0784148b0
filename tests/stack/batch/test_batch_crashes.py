"""SIGKILL in the middle of a reconciliation: the next run comes to the oracle's figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from batch.due import HOUR
from batch.reconcile.runs import Ask
from clickledger.clock import to_epoch_ms, utc_now
from tests.stack.batch.reconciled import Reconciled

pytestmark = pytest.mark.stack

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
DEVICES = 1200  # corrections of an hour take three transactions
APPROVED = Ask("tests", "a test", DAY, DAY + HOUR, approved=True)
UNCHANGED = ("snapshot_taken", "recounted")
QUICK = ("inside_correction", "correction_applied", "before_mark")


@pytest.fixture(scope="module", autouse=True)
def an_hour(reconciled: Reconciled) -> None:
    """One minute with many devices, reconciled."""
    start = to_epoch_ms(DAY)
    reconciled.send(f"d{n}|mobile|{start}|3".encode() for n in range(DEVICES))
    assert reconciled.result_of(DAY).verdict == "identical"


def harm(reconciled: Reconciled) -> None:
    """Every row of the hour is changed by hand."""
    assert reconciled.harm("UPDATE clicks_by_minute SET clicks = clicks + 7") == DEVICES


def kill_at(reconciled: Reconciled, point: str) -> None:
    harm(reconciled)
    run = reconciled.worker.reconcile(reconciled.settings, APPROVED, point)
    reconciled.worker.await_failpoint(run)
    reconciled.worker.kill()
    assert reconciled.state(DAY) == "reconciled"


def survive(reconciled: Reconciled, point: str) -> None:
    harm(reconciled)
    run = reconciled.worker.reconcile(reconciled.settings, APPROVED, point)
    reconciled.worker.await_failpoint(run)
    reconciled.worker.kill()
    rolled_back = point in (*UNCHANGED, "inside_correction")
    assert reconciled.state(DAY) == ("reconciled" if rolled_back else "reopened")
    assert reconciled.result_of(DAY, APPROVED).verdict == (
        "identical" if point == "before_mark" else "corrected"
    )
    reconciled.deployment.assert_exact()
    reconciled.assert_hours_exact()
    sums = (
        "SELECT SUM(clicks_delta) AS clicks FROM corrections WHERE run IN (SELECT run FROM ({}) r)"
    )
    newest = "SELECT run FROM reconcile_runs ORDER BY started_at DESC LIMIT 2"
    assert reconciled.rows(sums.format(newest)) == [{"clicks": -7 * DEVICES}]


@pytest.mark.parametrize("point", QUICK)
def test_a_killed_reconciliation_is_done_again(reconciled: Reconciled, point: str) -> None:
    survive(reconciled, point)


@pytest.mark.long
@pytest.mark.parametrize("point", UNCHANGED)
def test_killed_before_anything_was_written(reconciled: Reconciled, point: str) -> None:
    survive(reconciled, point)


def test_killed_between_mark_and_checks_it_is_looked_at_again(reconciled: Reconciled) -> None:
    """Nobody names the hour: the schedule's next run finds that nobody has checked it."""
    kill_at(reconciled, "before_checks")
    said = (
        "SELECT verdict FROM reconcile_results JOIN reconciled_hours USING (run, hour)"
        " WHERE hour = %s"
    )
    assert reconciled.rows(said, DAY) == []
    assert reconciled.harm("UPDATE type_clicks_by_hour SET clicks = 1 WHERE hour = %s", DAY) == 1

    assert reconciled.result_of(DAY).verdict == "identical"
    assert reconciled.rows(said, DAY) == [{"verdict": "identical"}]
    reconciled.deployment.assert_exact()
    reconciled.assert_hours_exact()
    assert DAY not in {found.hour for found in reconciled.reconcile().results}


@pytest.mark.long
def test_killed_while_a_day_is_built_it_is_built_by_the_next(reconciled: Reconciled) -> None:
    kill_at(reconciled, "before_day_mark")
    state = "SELECT state FROM days WHERE day = %s"
    assert reconciled.rows(state, DAY.date()) == [{"state": "provisional"}]

    report = reconciled.reconcile()
    assert DAY not in {found.hour for found in report.results}
    assert [day.day for day in report.days] == [DAY.date()]
    assert reconciled.rows(state, DAY.date()) == [{"state": "final"}]
    rows = "SELECT SUM(clicks) AS clicks, COUNT(*) AS devices FROM clicks_by_day WHERE day = %s"
    assert reconciled.rows(rows, DAY.date()) == [{"clicks": 3 * DEVICES, "devices": DEVICES}]
