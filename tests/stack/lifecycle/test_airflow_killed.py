"""Airflow dies at any step of a deployment; its run is cleared and goes on: one deployment."""

from __future__ import annotations

import os
import signal

import pytest

from clickledger.mysql.connection import connected
from clickledger.settings import Role
from infra.airflow.client import AirflowClient
from infra.airflow.programs import health
from infra.errors import StackError
from lifecycle.operations import Operation, find_operation, recent_operations
from tests.awaiting import await_that
from tests.stack.airflow_runs import answer, approve, clear
from tests.stack.lifecycle.operated import Operated
from tests.stack.lifecycle.test_airflow import airflow, operated
from tests.stack.running_stack import RunningStack

__all__ = ["airflow", "operated"]  # fixtures
pytestmark = [pytest.mark.stack, pytest.mark.long]

DAG = "stream_deploy"
VICTIMS = ("airflow-scheduler", "airflow-api", "postgres")
STEPS = ("plan", "decide", "approve", "warming", "handover", "proving")


def operation(operated: Operated, number: str) -> Operation | None:
    """What the run has come to, as far as it has begun."""
    with connected(operated.settings, Role.READER) as connection:
        return find_operation(connection, f"{DAG}/{number}"[:64])


def await_step(airflow: AirflowClient, operated: Operated, number: str, step: str) -> None:
    """Until the run stands there."""

    def there() -> bool:
        if step in STEPS[:3]:
            state = airflow.tasks(DAG, number).get(step)
            # It takes no time: whatever comes after the wait for it is soon enough.
            ended = step == "decide" and state == "success"
            return ended or state == ("awaiting_input" if step == "approve" else "running")
        found = operation(operated, number)
        return found is not None and found.stage == step

    await_that(there, f"the step {step}", timeout_s=240, every_s=0.02)


def kill(stack: RunningStack, victim: str) -> None:
    """As the machine would; its supervisor starts it again."""
    killed = stack.stack.pid(victim)
    os.kill(killed, signal.SIGKILL)

    def is_back() -> bool:
        try:
            parts = health(stack.stack.airflow).values()
        except StackError:
            return False
        new = stack.stack.states()[victim].pid
        return new not in (0, killed) and all(part["status"] == "healthy" for part in parts)

    await_that(is_back, f"Airflow is well without process {killed}", timeout_s=240, every_s=0.5)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_part_of_airflow_is_killed(
    airflow: AirflowClient, operated: Operated, stack: RunningStack, victim: str, step: str
) -> None:
    """The run is cleared and retried, whatever Airflow makes of it meanwhile."""
    if victim not in stack.stack.states():
        pytest.skip(f"there is no {victim} here: Airflow's database is a file")
    before = epoch(operated)
    number = airflow.trigger(DAG, {"release": "current", "reason": "a kill", "approval": "always"})
    if step in STEPS[3:]:
        approve(airflow, DAG, number)
    await_step(airflow, operated, number, step)
    kill(stack, victim)
    clear_until_done(airflow, number)
    done = operation(operated, number)
    assert done is not None
    assert (done.state, epoch(operated)) == ("done", before + 1)
    with connected(operated.settings, Role.READER) as connection:
        newest = recent_operations(connection, 1)
    assert [each.token for each in newest] == [done.token]
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 100)
    operated.deployment.await_applied()
    operated.deployment.assert_exact()


def epoch(operated: Operated) -> int:
    """The writer's; 0 before the first."""
    return max((slot.epoch or 0 for slot in operated.slots().values()), default=0)


def cleared(airflow: AirflowClient, number: str) -> bool:
    """Whether Airflow took it: while a scheduler comes back it may keep a person waiting."""
    try:
        clear(airflow, DAG, number)
    except StackError:
        return False
    return True


def clear_until_done(airflow: AirflowClient, number: str) -> None:
    """As an operator would: clear the run, say yes where it asks, clear it again if it fails."""
    await_that(lambda: cleared(airflow, number), "the first clearing", timeout_s=240)

    def done() -> bool:
        state = airflow.run_state(DAG, number)
        if airflow.tasks(DAG, number).get("approve") == "awaiting_input":
            answer(airflow, DAG, number)
        if state == "failed":
            cleared(airflow, number)
        return state == "success"

    # A task whose process is gone is given up when its heartbeat is five minutes old.
    await_that(done, f"the run {number}", timeout_s=900, every_s=1.0)
