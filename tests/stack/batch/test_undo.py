"""Corrections are taken back row by row, whoever is killed meanwhile, and can be made again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from batch.correct.corrections import ROWS_A_TRANSACTION
from batch.correct.ownership import own
from batch.correct.undo import undo
from cli.main import run
from cli.output import shown_time
from clickledger.clock import to_epoch_ms, utc_now
from clickledger.errors import ExitCode, OperationRefusedError, UsageError
from clickledger.ledger.audit import run_audit
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from tests.stack.batch.reconciled import BY_TESTS, Reconciled

pytestmark = pytest.mark.stack

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
OTHER = DAY + timedelta(hours=1)
DEVICES = 1200  # an undo of the hour takes three transactions
APPROVED = replace(BY_TESTS, approved=True)


@pytest.fixture(scope="module", autouse=True)
def two_hours(reconciled: Reconciled) -> None:
    """One minute with many devices, an hour with a few, reconciled."""
    start, later = to_epoch_ms(DAY), to_epoch_ms(OTHER)
    reconciled.send(f"d{n}|mobile|{start}|3".encode() for n in range(DEVICES))
    reconciled.send(f"d{n}|tv|{later}|3".encode() for n in range(5))
    assert reconciled.reconcile().ok


def corrected(reconciled: Reconciled) -> str:
    """Every other row of the hour is changed, some are lost and one is added, and all put right."""
    reconciled.harm("UPDATE clicks_by_minute SET clicks = clicks + 7 WHERE minute = %s", DAY)
    reconciled.harm("DELETE FROM clicks_by_minute WHERE minute = %s LIMIT 9", DAY)
    reconciled.harm("INSERT INTO clicks_by_minute VALUES (%s, 'mobile', 'a ghost', 3, 2)", DAY)
    reconciled.reopen(DAY)
    report = reconciled.reconcile(APPROVED)
    assert [found.verdict for found in report.results] == ["corrected"]
    reconciled.deployment.assert_exact()
    return report.run


def sabotaged(reconciled: Reconciled) -> dict[object, tuple[int, int]]:
    """The hour as it was before it was corrected: from the newest corrections."""
    rows = reconciled.rows(
        "SELECT * FROM corrections WHERE run = (SELECT run FROM reconcile_runs"
        " WHERE action = 'reconcile' ORDER BY started_at DESC LIMIT 1)"
    )
    before = dict(reconciled.true_minutes())
    for row in rows:
        key = (row["minute"], row["device_type"], row["device_id"])
        before[key] = (row["clicks_before"], row["events_before"])
    return {key: counts for key, counts in before.items() if counts[1]}


def figures(reconciled: Reconciled) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but the one that the heartbeat changes each second."""
    found = reconciled.deployment.dump()
    del found["stream_state"]
    return found


def failed_checks(reconciled: Reconciled) -> set[str]:
    with connected(reconciled.settings, Role.READER) as connection:
        return set(run_audit(connection).failed)


def redo(reconciled: Reconciled) -> None:
    """What was taken back is found again, after a person's word only."""
    assert DAY not in {found.hour for found in reconciled.reconcile(APPROVED).results}
    reconciled.release(DAY)
    assert reconciled.result_of(DAY, APPROVED).verdict == "corrected"
    reconciled.deployment.assert_exact()
    reconciled.assert_hours_exact()


def test_undone_and_done_again(reconciled: Reconciled) -> None:
    name = corrected(reconciled)
    done = reconciled.undo(name[:8])
    assert (done.undoes, done.hours, done.rows) == (name, [DAY], DEVICES + 1)
    assert reconciled.minutes() == sabotaged(reconciled)
    assert failed_checks(reconciled) == {"minutes_equal_ledger"}  # as the sabotage left it
    assert (reconciled.state(DAY), reconciled.is_held(DAY)) == ("reopened", True)

    with connected(reconciled.settings, Role.BATCH) as connection:
        own(connection, "a reconcile that had it on its list", [DAY])

    before = figures(reconciled)
    assert [row["owner_run"] for row in before["hours"] if row["hour"] == DAY] == [done.run]
    assert reconciled.undo(name) == replace(done, run="", hours=(), rows=0)
    assert figures(reconciled) == before
    with pytest.raises(UsageError, match="is an undo itself"):
        reconciled.undo(done.run)
    redo(reconciled)
    assert reconciled.rows("SELECT hour, run, released_by, reason FROM released_holds") == [
        {"hour": DAY, "run": done.run, "released_by": "tests", "reason": "a test"}
    ]


def test_refused_while_a_later_run_stands_on_it(reconciled: Reconciled) -> None:
    runs = []
    for _ in range(2):
        reconciled.harm("UPDATE clicks_by_minute SET clicks = clicks + 1 WHERE minute = %s", OTHER)
        reconciled.reopen(OTHER)
        runs.append(reconciled.reconcile(APPROVED).run)
    first, second = runs
    books, hours = reconciled.minutes(), reconciled.rows("SELECT * FROM hours")
    with pytest.raises(OperationRefusedError, match=f"Run {second} corrected {OTHER} tv 'd"):
        reconciled.undo(first)
    assert (reconciled.minutes(), reconciled.rows("SELECT * FROM hours")) == (books, hours)
    assert not reconciled.is_held(OTHER)

    assert reconciled.undo(second).rows == 5
    assert reconciled.undo(first).rows == 5
    reconciled.release(OTHER)
    assert reconciled.result_of(OTHER, APPROVED).verdict == "corrected"
    reconciled.deployment.assert_exact()


def test_refused_where_a_row_has_been_changed_since(reconciled: Reconciled) -> None:
    reconciled.harm("DELETE FROM clicks_by_minute WHERE minute = %s AND device_id = 'd1'", OTHER)
    reconciled.reopen(OTHER)
    name = reconciled.reconcile(APPROVED).run
    reconciled.harm(
        "UPDATE clicks_by_minute SET clicks = 0 WHERE minute = %s AND device_id = 'd1'", OTHER
    )
    with pytest.raises(OperationRefusedError, match=r"tv 'd1' would come to -3 clicks of 0 events"):
        reconciled.undo(name)
    reconciled.reopen(OTHER)
    assert reconciled.result_of(OTHER, APPROVED).verdict == "corrected"
    reconciled.deployment.assert_exact()


def test_killed_again_and_again_it_is_finished_by_the_next(reconciled: Reconciled) -> None:
    name = corrected(reconciled)
    for point in ("hours_reopened", "inside_correction", "correction_applied"):
        killed = reconciled.worker.undo(reconciled.settings, name, point)
        reconciled.worker.await_failpoint(killed)
        reconciled.worker.kill_undo()
        assert (reconciled.state(DAY), reconciled.is_held(DAY)) == ("reopened", True)
    assert reconciled.undo(name).rows == DEVICES + 1 - ROWS_A_TRANSACTION
    assert reconciled.minutes() == sabotaged(reconciled)
    redo(reconciled)


def test_by_command_line(
    reconciled: Reconciled, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in reconciled.deployment.environment.items():
        monkeypatch.setenv(name, value)

    def answer(*words: str) -> Any:
        assert run([*words, "--json"]) == ExitCode.OK
        return json.loads(capsys.readouterr().out)

    name = corrected(reconciled)
    runs = answer("corrections", "list", "--limit", "1")["runs"]
    assert [(each["run"], each["corrections"], each["undone"]) for each in runs] == [
        (name, DEVICES + 1, 0)
    ]
    found = answer("corrections", "show", name, "--limit", "9999")
    assert (found["action"], len(found["corrections"])) == ("reconcile", DEVICES + 1)
    assert answer("corrections", "undo", name, "--reason", "a test")["rows"] == DEVICES + 1
    held = answer("hours", "list", "--held")["hours"]
    assert [(each["hour"], each["state"]) for each in held] == [(shown_time(DAY), "reopened")]
    assert answer("hours", "list", "--day", str(DAY.date()), "--state", "reopened")["hours"] == held
    answer("hours", "release", str(DAY), "--reason", "a test")
    assert run(["hours", "release", str(DAY), "--reason", "again"]) == ExitCode.USAGE
    assert answer("hours", "list", "--held")["hours"] == []
    assert reconciled.result_of(DAY, APPROVED).verdict == "corrected"


def test_two_at_once_and_events_meanwhile(reconciled: Reconciled) -> None:
    name = corrected(reconciled)
    first = reconciled.worker.undo(reconciled.settings, name, "correction_applied")
    reconciled.worker.await_failpoint(first)
    reconciled.send(f"d{n}|mobile|{to_epoch_ms(DAY)}|1".encode() for n in range(0, DEVICES, 3))
    second = undo(reconciled.settings, name, "tests", "the second")
    reconciled.worker.pass_failpoint()
    assert (first.result(60).rows, second.rows) == (ROWS_A_TRANSACTION, DEVICES + 1 - 500)
    redo(reconciled)
