"""Watching mends what the supervisor cannot see, keeps one incident a trouble, and gives up."""

import signal

import pytest

from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role
from lifecycle.health import Verdict
from lifecycle.watch import watch
from tests.awaiting import await_that
from tests.stack.lifecycle.operated import Operated

pytestmark = pytest.mark.stack


def test_a_frozen_driver_is_replaced(operated: Operated, seed: int) -> None:
    """SIGSTOP: the process lives, and does nothing."""
    before = operated.writer()
    with operated.load(1_000, seed=seed):
        operated.process().send_signal(signal.SIGSTOP)
        await_that(lambda: operated.health().verdict is Verdict.STUCK, "the verdict")
        found = watch(operated.settings, operated.verbs)
    assert found.health.verdict is Verdict.STUCK
    assert found.did.startswith("done: ")
    assert (operated.writer().epoch or 0) > (before.epoch or 0)
    await_that(lambda: operated.health().fine, "a fine stream")
    assert watch(operated.settings, operated.verbs).did == "nothing"
    with connected(operated.settings, Role.READER) as connection:
        rows = fetch_all(connection, "SELECT verdict, restarts, ended_at FROM incidents")
    assert [(row["verdict"], row["restarts"]) for row in rows] == [("stuck", 1)]
    assert rows[0]["ended_at"] is not None
    operated.deployment.assert_exact()


def test_a_halted_stream_waits_for_a_person(operated: Operated) -> None:
    """Too many rejects: no restart mends that."""
    operated.deployment.send([b"garbage"] * 20_000)
    await_that(lambda: operated.health().verdict is Verdict.HALTED, "the verdict")
    looks = [watch(operated.settings, operated.verbs) for _ in range(2)]
    assert [look.did for look in looks] == ["nothing", "nothing"]
    assert looks[0].incident == looks[1].incident
    assert "runbooks" in looks[0].health.next_step
