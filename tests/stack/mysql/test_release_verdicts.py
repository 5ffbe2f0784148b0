"""What a failed takeover says of its release, and what a start says of the release it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import (
    ClickledgerError,
    CountsWronglyError,
    ExitCode,
    KafkaUnreachableError,
    ReleaseFailedError,
    TakeoverFailedError,
)
from clickledger.ledger.audit import AuditReport
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.slots import Wanted
from lifecycle.handover import instance_of
from lifecycle.operations import Actor, find_operation
from lifecycle.plan import Plan
from lifecycle.proof import Proof
from lifecycle.releases import Release, find_release, judge
from lifecycle.runner import Runner
from lifecycle.slots import assign, promote, want
from lifecycle.verbs import Ask, Verbs
from tests.stack.mysql.test_starts_in_a_row import RELEASE
from tests.unit.lifecycle.test_game_day_elsewhere import Elsewhere

pytestmark = pytest.mark.stack
PROOF = Proof(3, 5, (), 0, audit_ok=True, gap_ms=None)
LOST = "retention has passed the ledger: [5, 9)"


@pytest.fixture
def verbs(
    admin: Connection[Cursor], deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Verbs]:
    """``good`` writes in slot b; ``new`` is another release. Nothing of it is real but MySQL."""
    monkeypatch.setattr("lifecycle.verbs.make_plan", planned())
    monkeypatch.setattr("lifecycle.takeover.begin_audit", lambda settings: AuditReport)
    monkeypatch.setattr("lifecycle.takeover.prove", lambda *_: PROOF)
    with admin.cursor() as cursor:
        for name in ("good", "new"):
            cursor.execute(statement("lifecycle/add_release"), RELEASE | {"name": name})
    judge(admin, "good", "good", "it was proven")
    assign(admin, "b", Wanted.STANDBY, "old", "good")
    promote(admin, "b")
    yield Verbs(deployed, Runner(Elsewhere()))
    with admin.cursor() as cursor:
        for table in ("operations", "releases", "stream_batches", "sampled_ranges"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("UPDATE stream_slots SET wanted = 'stopped', release_name = NULL")
        cursor.execute("UPDATE stream_state SET desired_state = 'running'")


def planned(*refusals: str, writes: str | None = None) -> Callable[..., Plan]:
    """A plan that has these numbers; ``writes``: the release that does now."""

    def make(connection: object, settings: object, action: str, target: Release) -> Plan:
        return Plan(action, writes, target.release_name, None, None, (), (), refusals)

    return make


def brought_up(monkeypatch: pytest.MonkeyPatch, error: ClickledgerError | None = None) -> list[str]:
    """Which releases are brought up from here on; ``error``: how each of them fails."""
    found: list[str] = []

    def bring_up(actor: object, runner: object, release: str, **how: object) -> str:
        found.append(release)
        if error is not None:
            raise error
        return "a"

    monkeypatch.setattr("lifecycle.takeover.bring_up", bring_up)
    return found


APPLIED = """INSERT INTO stream_batches VALUES ('clicks', 0, %s, %s, 7, 'g', 0, 5, 0, 5, 0, 5,
    NULL, NULL, NULL, NULL, 1, 'new', 'code', UTC_TIMESTAMP(3) - INTERVAL %s SECOND)"""
SAMPLED = """INSERT INTO sampled_ranges SELECT topic, kafka_partition, start_offset, end_offset,
    epoch, release_name, records_read, %s, applied_at, UTC_TIMESTAMP(3)
    FROM stream_batches WHERE start_offset = %s"""


def drained(connection: Connection[Cursor]) -> None:
    """The writer of slot b has ended as it was wanted to."""
    want(connection, "b", Wanted.STOPPED)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stream_state SET desired_state = 'drained'")


@pytest.mark.parametrize("at_rest", [False, True])
@pytest.mark.parametrize(
    ("act", "error", "found"),
    [
        ("deploy", ReleaseFailedError, ("new", "bad")),
        ("deploy", TakeoverFailedError, ("new", "new")),
        ("deploy", ReleaseFailedError, ("good", "good")),  # as `make up` does
        ("restart", ReleaseFailedError, ("good", "good")),
        ("restart", CountsWronglyError, ("good", "bad")),
        ("reset", ReleaseFailedError, ("good", "good")),
        ("start", ReleaseFailedError, ("good", "good")),
        ("start", CountsWronglyError, ("good", "bad")),
    ],
)
def test_a_failure_speaks_of_a_release_that_is_new(
    admin: Connection[Cursor],
    verbs: Verbs,
    monkeypatch: pytest.MonkeyPatch,
    at_rest: bool,
    act: str,
    error: type[ClickledgerError],
    found: tuple[str, str],
) -> None:
    name, verdict = found
    if at_rest or act == "start":  # else it runs already
        drained(admin)
    tried = brought_up(monkeypatch, error("It ended."))
    named = (name,) if act == "deploy" else ()
    outcome, _ = getattr(verbs, act)(Ask("t", "why", "tests"), *named)
    assert tried == [name]
    assert outcome.lines[0].startswith("It ended.")
    assert find_release(admin, name).verdict == verdict


@pytest.mark.parametrize("act", ["start", "reset"])
def test_what_kafka_has_lost_is_refused_with_its_numbers(
    admin: Connection[Cursor], verbs: Verbs, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """No driver is started to find it out, none is ended, and no release is blamed."""
    drained(admin)
    monkeypatch.setattr("lifecycle.verbs.make_plan", planned(LOST))
    tried = brought_up(monkeypatch)
    outcome, _ = getattr(verbs, act)(Ask("t", "why", "tests"))
    assert (outcome.state, outcome.lines) == ("refused", (LOST,))
    assert outcome.exit_code is ExitCode.OPERATION_REFUSED
    assert (tried, find_release(admin, "good").verdict) == ([], "good")
    desired = fetch_one(admin, "SELECT desired_state FROM stream_state")
    assert desired == {"desired_state": "drained"}


@pytest.mark.parametrize("act", ["start", "reset", "restart"])
def test_another_release_than_the_last_one_is_named(
    admin: Connection[Cursor], verbs: Verbs, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    assign(admin, "a", Wanted.STANDBY, "newer", "new")
    promote(admin, "a")
    want(admin, "a", Wanted.STOPPED)
    judge(admin, "new", "bad", "it counts wrongly")
    tried = brought_up(monkeypatch)
    outcome, _ = getattr(verbs, act)(Ask("t", "why", "tests"))
    assert (outcome.state, tried) == ("done", ["good"])
    assert outcome.lines[1:] == ("Not new, which ran last and was found bad: it counts wrongly",)


@pytest.mark.parametrize("act", ["start", "reset"])
def test_without_kafka_the_driver_waits_for_it(
    admin: Connection[Cursor], verbs: Verbs, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    def no_kafka(*_: Any) -> Plan:
        raise KafkaUnreachableError("It does not answer.")

    drained(admin)
    monkeypatch.setattr("lifecycle.verbs.make_plan", no_kafka)
    tried = brought_up(monkeypatch)
    outcome, _ = getattr(verbs, act)(Ask("t", "why", "tests"))
    assert (outcome.state, tried) == ("done", ["good"])


def test_what_ran_last_is_written_down_where_nothing_runs(
    admin: Connection[Cursor], verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained(admin)
    brought_up(monkeypatch)
    verbs.deploy(Ask("t", "why", "tests"), "new")
    known = find_operation(admin, "t")
    assert known is not None
    assert (known.from_release, known.to_release) == ("good", "new")


def test_a_rollback_names_what_is_to_be_restated(
    admin: Connection[Cursor], verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the epoch that counted wrongly: all since its last sample that was right."""
    monkeypatch.setattr("lifecycle.verbs.make_plan", planned(writes="good"))

    def bring_up(actor: Actor, runner: object, release: str, *, attempt: str, **how: object) -> str:
        slot, instance = {"new": "a", "back": "b"}[attempt], instance_of("t", attempt)
        assign(actor.connection, slot, Wanted.STANDBY, instance, release)
        promote(actor.connection, slot)
        with admin.cursor() as cursor:
            cursor.execute("UPDATE stream_slots SET epoch = 7 WHERE instance = %s", (instance,))
        return slot

    def prove(*_: object) -> Proof:
        if find_release(admin, "new").verdict == "new":
            raise CountsWronglyError("Epoch 7 counts wrongly.")
        return PROOF

    monkeypatch.setattr("lifecycle.takeover.bring_up", bring_up)
    monkeypatch.setattr("lifecycle.takeover.prove", prove)
    with admin.cursor() as cursor:
        for start, seconds in ((0, 30), (5, 20), (10, 10)):
            cursor.execute(APPLIED, (start, start + 5, seconds))
        for differences, start in ((None, 0), ("clicks 7 in the ledger, 5 in truth", 10)):
            cursor.execute(SAMPLED, (differences, start))
    outcome, _ = verbs.deploy(Ask("t", "why", "tests"), "new")
    assert outcome.state == "rolled_back"
    assert outcome.lines == (
        "Epoch 7 counts wrongly.",
        f"Rolled back to good: {PROOF.in_words()}.",
        "To be restated: partition 0 [5, 15).",
    )
