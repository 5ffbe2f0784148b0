"""How operations end: left by their actor, in want of a person's word, second to another one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from cli.main import run
from clickledger.errors import ExitCode, KafkaUnreachableError, OperationInProgressError
from clickledger.mysql.connection import fetch_one
from clickledger.settings import Settings
from lifecycle.operations import (
    Actor,
    Outcome,
    Request,
    _renew,
    find_operation,
    outcome_of,
    perform,
)
from tests.stack.cli.conftest import environment

pytestmark = pytest.mark.stack
DONE = Outcome("done", ("It is so.",))


@pytest.fixture
def settings(admin: Connection[Cursor], deployed: Settings) -> Iterator[Settings]:
    """Nothing is left of what a test began."""
    yield deployed
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM operations")
        cursor.execute("UPDATE stream_state SET desired_state = 'running'")


def test_what_another_one_leaves_behind_says_so(
    admin: Connection[Cursor], settings: Settings
) -> None:
    def without_kafka(actor: Actor) -> Outcome:
        raise KafkaUnreachableError("gone")

    with pytest.raises(KafkaUnreachableError):
        perform(settings, Request("first", "restart", "why", "ann"), without_kafka)
    assert outcome_of(admin, "first", "restart") is None
    perform(settings, Request("second", "drain", "why", "bob"), lambda actor: DONE)
    found = outcome_of(admin, "first", "restart")
    assert found is not None
    assert (found.state, found.exit_code) == ("abandoned", ExitCode.OPERATION_FAILED)
    assert found.lines[0].startswith("Its actor was gone when bob asked for drain (token 'second')")
    assert "Next: `clickledger stream status`" in found.lines[0]


def test_a_persons_word_may_come_later(admin: Connection[Cursor], settings: Settings) -> None:
    asked = Request("run", "deploy", "why", "ann", "new", "old", {"looked": "first"})
    again = Request("run", "deploy", "why", "ann", "new", "older", {"looked": "again"})
    refused = Outcome("refused", data={"needs_approval": True})
    assert perform(settings, asked, lambda actor: refused) == (refused, True)

    def approved(actor: Actor) -> Outcome:
        begun = actor.begun()
        assert (begun.state, begun.stage, begun.result) == ("running", "begun", None)
        assert (begun.from_release, begun.plan) == ("older", {"looked": "again"})
        return DONE

    assert perform(settings, again, approved) == (DONE, True)
    assert perform(settings, again, approved) == (DONE, False)
    known = find_operation(admin, "run")
    assert known is not None
    assert known.ended_at is not None


def test_what_can_not_be_is_refused_once(settings: Settings) -> None:
    refused = Outcome("refused", ("Kafka has lost it.",), {"needs_approval": False})
    asked = Request("never", "deploy", "why", "ann")
    assert perform(settings, asked, lambda actor: refused) == (refused, True)
    assert perform(settings, asked, lambda actor: DONE) == (refused, False)


@pytest.fixture
def spoken(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As the environment of this process has them; no supervisor is there."""
    found = settings.model_copy(update={"home": tmp_path})
    for name, value in environment(found).items():
        monkeypatch.setenv(name, value)
    return found


def drained(token: str, *words: str) -> int:
    """The exit code of a drain by the command line; one that is carried out empties nothing."""
    return run(["stream", "drain", "--reason", "why", "--by", "bob", "--token", token, *words])


def test_whoever_comes_second_is_told_the_same_when_the_first_has_ended(
    admin: Connection[Cursor],
    settings: Settings,
    spoken: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As the second try of a task does, five seconds later."""

    def work(actor: Actor) -> Outcome:
        assert drained("second") == ExitCode.OPERATION_IN_PROGRESS
        assert "restart by ann (begun), token 'first'" in capsys.readouterr().err
        return DONE

    perform(settings, Request("first", "restart", "why", "ann"), work)
    assert drained("second", "--json") == ExitCode.OPERATION_IN_PROGRESS
    document = json.loads(capsys.readouterr().out)
    assert (document["state"], document["done_now"]) == ("refused", False)
    assert "restart by ann (begun), token 'first'" in document["lines"][0]
    desired = fetch_one(admin, "SELECT desired_state FROM stream_state")
    assert desired == {"desired_state": "running"}


def test_what_waited_while_another_one_was_carried_out_is_refused(
    admin: Connection[Cursor], spoken: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second of two queued runs. One that was asked for afterwards is another matter."""
    assert drained("first") == ExitCode.OK
    done = find_operation(admin, "first")
    assert done is not None
    assert done.ended_at is not None
    before = (done.ended_at - timedelta(seconds=1)).isoformat()
    for _ in range(2):
        capsys.readouterr()
        assert drained("second", "--asked-at", before) == ExitCode.OPERATION_IN_PROGRESS
        assert "drain by bob, token 'first'" in capsys.readouterr().out
    # What was refused operated on nothing, and a cleared run finds what it has done itself.
    assert drained("first", "--asked-at", before) == ExitCode.OK
    assert drained("third", "--asked-at", f"{done.ended_at.isoformat()}+00:00") == ExitCode.OK


def test_a_lease_that_was_lost_stays_lost(admin: Connection[Cursor], settings: Settings) -> None:
    """Of an actor that was frozen, while another one came and went."""

    def thawed(actor: Actor) -> Outcome:
        with admin.cursor() as cursor:
            cursor.execute("UPDATE operation_lock SET expires_at = '2026-01-01'")
        perform(settings, Request("second", "drain", "why", "bob"), lambda other: DONE)
        _renew(settings, actor._holder)
        with pytest.raises(OperationInProgressError, match="taken this operation over"):
            actor.stage("late")
        return DONE

    with pytest.raises(OperationInProgressError, match="taken this operation over"):
        perform(settings, Request("first", "restart", "why", "ann"), thawed)
    left = outcome_of(admin, "first", "restart")
    assert left is not None
    assert left.state == "abandoned"


def test_a_lease_is_renewed(admin: Connection[Cursor], settings: Settings) -> None:
    def slow(actor: Actor) -> Outcome:
        with admin.cursor() as cursor:
            cursor.execute("UPDATE operation_lock SET expires_at = '2026-01-01'")
        _renew(settings, actor._holder)
        held = fetch_one(admin, "SELECT expires_at > UTC_TIMESTAMP(3) AS held FROM operation_lock")
        assert held == {"held": 1}
        return DONE

    assert perform(settings, Request("slow", "restart", "why", "ann"), slow) == (DONE, True)
