"""Watching mends what the supervisor cannot see, keeps one incident a trouble, and gives up."""

import signal
from typing import Any

import pytest

from clickledger.clock import to_epoch_ms, utc_now
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role
from lifecycle.health import Verdict
from lifecycle.watch import watch, watch_for
from tests.awaiting import await_that
from tests.stack.lifecycle.operated import Operated

pytestmark = pytest.mark.stack


def incident_rows(operated: Operated) -> list[dict[str, Any]]:
    """In the order in which they were opened."""
    with connected(operated.settings, Role.READER) as connection:
        return fetch_all(connection, "SELECT * FROM incidents ORDER BY id")


def test_a_frozen_driver_is_replaced(operated: Operated, seed: int) -> None:
    """SIGSTOP: the process lives, and does nothing."""
    await_that(
        lambda: not watch(operated.settings, operated.verbs).is_telling, "old incidents' end"
    )
    before, incidents = operated.writer(), len(incident_rows(operated))
    with operated.load(1_000, seed=seed):
        operated.process().send_signal(signal.SIGSTOP)
        found = watch_for(operated.settings, operated.verbs, 120, 1)
    assert found.health.verdict is Verdict.STUCK
    assert found.did.startswith("done: ")
    assert (operated.writer().epoch or 0) > (before.epoch or 0)
    await_that(lambda: operated.health().fine, "a fine stream")
    assert watch(operated.settings, operated.verbs).did == "nothing"
    (incident,) = incident_rows(operated)[incidents:]
    assert (incident["verdict"], incident["restarts"]) == ("stuck", 1)
    assert incident["ended_at"] is not None
    operated.deployment.assert_exact()


def test_a_halted_stream_waits_for_a_person(operated: Operated) -> None:
    """Too many rejects: no restart mends that, an allowance does, and the start is proven."""
    operated.deployment.send([f"good|mobile|{to_epoch_ms(utc_now())}|1".encode()] * 2_000)
    operated.deployment.await_applied()
    ends = operated.deployment.ends()
    operated.deployment.send([b"garbage"] * 20_000)
    await_that(lambda: operated.health().verdict is Verdict.HALTED, "the verdict")
    looks = [watch(operated.settings, operated.verbs) for _ in range(2)]
    assert [look.did for look in looks] == ["nothing", "nothing"]
    assert looks[0].incident == looks[1].incident
    assert "runbooks" in looks[0].health.next_step
    await_that(lambda: not operated.runs(), "the driver's end")
    for partition, end in operated.deployment.ends().items():
        if end > ends[partition]:  # a producer may fill one partition alone
            operated.deployment.allow_rejects(partition, ends[partition], end)
    operated.bring_up()
    operated.deployment.await_applied()
    operated.deployment.assert_exact()
