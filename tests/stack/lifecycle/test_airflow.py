"""The operator's buttons, pressed through the REST API of the real four programs."""

from __future__ import annotations

import io
import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import psutil
import pytest

from clickledger.clock import HOUR_MS, to_epoch_ms
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role
from infra.airflow.client import FINAL, AirflowClient, deploy_by_airflow
from infra.airflow.programs import health
from infra.errors import StackError
from infra.home import Home
from infra.ownership import owned_processes
from infra.stack import AIRFLOW, POSTGRES, SERVERS
from infra.steps import Step
from infra.stream_slots import PROGRAMS, StreamDriver
from lifecycle.operations import recent_operations
from lifecycle.slots import read_slots, writer_of
from tests.awaiting import await_that
from tests.stack.airflow_runs import approve, await_end, clear, log_in, run
from tests.stack.lifecycle.conftest import stop_drivers
from tests.stack.lifecycle.operated import Operated, edit
from tests.stack.running_stack import RunningStack
from tests.stack.stream.deployment import Deployment

pytestmark = pytest.mark.stack
NASTY = '\'; touch x; $(id) "quoted"'


@pytest.fixture(scope="module")
def operated(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """The stack's own stream, operated by nobody but Airflow."""
    stop_drivers(stack)
    stack.stack.up((*SERVERS, *AIRFLOW))
    stack.await_class_archive()
    driver = StreamDriver(stack.settings, Home(stack.home))
    driver.write_slots()
    yield Operated(Deployment(stack.settings, {}), tmp_path_factory.mktemp("airflow"), driver)
    stack.stop(*AIRFLOW, *PROGRAMS)


@pytest.fixture(scope="module")
def airflow(operated: Operated, stack: RunningStack) -> AirflowClient:
    """Logged in as the operator."""
    return log_in(stack.stack, "stream_restart")


def operate(airflow: AirflowClient, action: str, reason: str = "a test") -> dict[str, Any]:
    """``stream_restart`` with that choice; what its task returned."""
    number = run(airflow, "stream_restart", action=action, reason=reason)
    found: dict[str, Any] = airflow.result("stream_restart", number, "operate")
    return found


def test_all_four_are_healthy(operated: Operated, stack: RunningStack) -> None:
    found = health(stack.stack.airflow)
    assert {part: found[part]["status"] for part in found} == dict.fromkeys(found, "healthy")
    assert len(found) == 4


def test_nobody_listens_to_the_network(operated: Operated, stack: RunningStack) -> None:
    owned = owned_processes(stack.home)
    addresses = {
        each.laddr[0]: owned[each.pid]
        for each in psutil.net_connections("tcp")
        if each.laddr and each.status == psutil.CONN_LISTEN and each.pid in owned
    }
    assert {ip.removeprefix("::ffff:") for ip in addresses} == {"127.0.0.1"}, addresses


def test_an_approved_deploy_then_every_button_under_load(
    airflow: AirflowClient, operated: Operated, stack: RunningStack, seed: int
) -> None:
    """`make up` does not wait for the question: it says who is asked, and where.

    Nothing lost, nothing twice; each run states the gap. A cleared one is the same operation, one
    that a person said no to is none, and the second of two that were queued does nothing."""
    rejected = airflow.trigger(
        "stream_deploy", {"release": "current", "reason": "a no", "approval": "always"}
    )
    approve(airflow, "stream_deploy", rejected, "Reject")
    await_end(airflow, "stream_deploy", rejected)
    assert airflow.tasks("stream_deploy", rejected)["deploy"] == "skipped"
    number = airflow.trigger(
        "stream_deploy", {"release": "current", "reason": NASTY, "approval": "always"}
    )
    await_that(lambda: airflow.run_that_asks("stream_deploy") == number, "the question")
    with pytest.raises(StackError, match=f"waits for a person's word .run {re.escape(number)}"):
        deploy_by_airflow(stack.stack.airflow, Step("stream", io.StringIO()), "a test")
    approve(airflow, "stream_deploy", number)
    await_end(airflow, "stream_deploy", number)
    assert airflow.tasks("stream_deploy", number) == dict.fromkeys(
        ("plan", "decide", "approve", "deploy"), "success"
    )
    with operated.load(1_000, seed=seed, late=False):
        restarted, second = (
            airflow.trigger("stream_restart", {"action": "restart", "reason": reason})
            for reason in ("to be cleared", "second")
        )
        for number in (restarted, second):
            await_end(airflow, "stream_restart", number)
        ended = [airflow.run_state("stream_restart", each) for each in (restarted, second)]
        assert ended == ["success", "failed"]
        result = airflow.result("stream_restart", restarted, "operate")
        assert result["stages"]["gap_ms"] >= 0
        clear(airflow, "stream_restart", restarted)
        await_end(airflow, "stream_restart", restarted)
        again = airflow.result("stream_restart", restarted, "operate")
        assert (again["state"], again["done_now"]) == ("done", False)
        operate(airflow, "reset")
    operate(airflow, "drain")
    operate(airflow, "start")
    operated.deployment.assert_exact()
    with connected(operated.settings, Role.READER) as connection:
        done = [
            each for each in recent_operations(connection, 10) if each.asked_by != "stream_watch"
        ]
        writer = writer_of(read_slots(connection))
    assert [(each.action, each.state) for each in done] == [
        *(("start", "done"), ("drain", "done"), ("reset", "done"), ("restart", "refused")),
        *(("restart", "done"), ("deploy", "done")),
    ]
    assert done[-1].reason == NASTY
    assert {each.asked_by for each in done} == {"operator in Airflow"}
    # One epoch for each new writer, and one for the fence that the reset took.
    assert writer is not None
    assert writer.epoch == 5


@pytest.mark.long
def test_every_button_at_twenty_thousand_events_a_second(
    airflow: AirflowClient, operated: Operated, seed: int
) -> None:
    """A release that was edited, and back; each says what it cost, and all of it is counted."""
    run(airflow, "stream_deploy", release="current", reason="something to go back to")
    edited = operated.release(
        edit("clickledger/transforms/count.py", "groups.coalesce(1)", "groups")
    )
    gaps: dict[str, object] = {}
    with operated.load(20_000, seed=seed, late=False):
        deployed = run(airflow, "stream_deploy", release=edited.release_name, reason="other groups")
        result = airflow.result("stream_deploy", deployed, "deploy")
        gaps["deploy"] = result["stages"]["gap_ms"]
        assert operated.writer().release_name == edited.release_name
        for action in ("restart", "reset", "rollback"):
            gaps[action] = operate(airflow, action)["stages"]["gap_ms"]
    assert {action: type(gap) for action, gap in gaps.items()} == dict.fromkeys(gaps, int)
    assert operated.writer().release_name != edited.release_name
    operated.deployment.assert_exact()


def test_an_hour_from_its_events_to_its_report(airflow: AirflowClient, operated: Operated) -> None:
    """Reconciled with the silent ones of its day, judged, published, tidied up."""
    with connected(operated.settings, Role.READER) as connection:
        begun = fetch_all(connection, "SELECT DISTINCT DATE(hour) AS day FROM hours")
        day = min(row["day"] for row in begun) - timedelta(days=2)
        midnight = to_epoch_ms(datetime(day.year, day.month, day.day))  # noqa: DTZ001
        operated.deployment.send(
            f"d{n}|mobile|{midnight + hour * HOUR_MS + n}|1".encode()
            for hour in (0, 3, 23)
            for n in range(40)
        )
        operated.deployment.await_applied()
        run(airflow, "reconcile_hours")
        judged = run(airflow, "quality_days")
        found = airflow.result("quality_days", judged, "judge")["days"]
        assert ("passed", str(day)) in {(each["verdict"], each["day"]) for each in found}
        run(airflow, "report_daily", first=str(day))
        run(airflow, "maintenance")
        hours = fetch_all(
            connection, "SELECT state FROM hours WHERE DATE(hour) = %s ORDER BY hour", (day,)
        )
        exported = fetch_all(
            connection, "SELECT version, state FROM exports WHERE day = %s", (day,)
        )
    assert [row["state"] for row in hours] == ["reconciled"] * 24
    assert exported == [{"version": 1, "state": "final"}]
    operated.deployment.assert_exact()


def test_a_run_outlives_its_killed_database(
    airflow: AirflowClient, operated: Operated, stack: RunningStack
) -> None:
    """In the middle of a task; the supervisor starts it again."""
    if stack.stack.postgres.why_not_here():
        pytest.skip("PostgreSQL cannot run here")
    before = operated.writer()
    number = airflow.trigger("stream_restart", {"action": "restart", "reason": "a test"})
    await_that(lambda: airflow.tasks("stream_restart", number)["operate"] == "running", "the task")
    os.kill(stack.stack.pid(POSTGRES), signal.SIGKILL)

    def ended() -> bool:
        with suppress(StackError):  # it has no answer without its database
            return airflow.run_state("stream_restart", number) in FINAL
        return False

    await_that(ended, "the run", timeout_s=240)
    assert airflow.tasks("stream_restart", number) == {"operate": "success"}
    assert operated.writer().epoch == (before.epoch or 0) + 1
