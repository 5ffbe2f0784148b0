"""How operations end that their actor left, and that a person had to say yes to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ExitCode, KafkaUnreachableError
from clickledger.settings import Settings
from lifecycle.operations import Actor, Outcome, Request, find_operation, outcome_of, perform

pytestmark = pytest.mark.stack
DONE = Outcome("done", ("It is so.",))


@pytest.fixture
def settings(admin: Connection[Cursor], deployed: Settings) -> Iterator[Settings]:
    """Nothing is left of what a test began."""
    yield deployed
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM operations")


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
