"""Servers and stream as one stack: up, up again, killed in the midst of everything, up, down."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickledger.errors import ExitCode
from clickledger.mysql.connection import connected
from clickledger.settings import CHECKOUT, Role, load_settings
from clickledger.slots import SlotState
from infra.home_lock import home_lock
from infra.ownership import owned_processes
from infra.stack import SERVERS, Stack
from infra.stream_slots import StreamDriver
from lifecycle.health import Verdict, judge_health, observe
from lifecycle.operations import operator
from lifecycle.slots import read_slots
from tests.stack.own_home import home_with_packages, kill_everything, own_ports
from tests.stack.running_stack import RunningStack
from tests.stack.stream.clicks import clicks
from tests.stack.stream.deployment import Deployment, environment_of

pytestmark = pytest.mark.stack

PROGRAMS = (*SERVERS, "stream")
LONGEST_UP_S = 8.0  # of what is killed: servers, tables, the first look of the stream


@pytest.fixture
def whole(stack: RunningStack, tmp_path: Path) -> Iterator[Stack]:
    """All but Airflow, in a home that has nothing but jars and packages."""
    stack.await_class_archive()
    settings = load_settings(
        home=home_with_packages(tmp_path / "home", stack),
        port_base=own_ports(),
        airflow="off",
        traffic="off",
        spark_driver_memory="700m",
    )
    made = Stack(settings)
    yield made
    made.down()


def pids(stack: Stack) -> dict[str, int]:
    return {name: stack.pid(name) for name in PROGRAMS}


def begin_up(stack: Stack) -> subprocess.Popen[bytes]:
    """`make up`, as a person starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "infra", "up"],
        cwd=CHECKOUT,
        env=environment_of(stack.settings),
        stdin=subprocess.DEVNULL,
    )


def test_up_again_killed_up_and_down(whole: Stack, seed: int) -> None:
    chance = random.Random(seed)
    whole.up()
    deployment = Deployment(whole.settings, environment_of(whole.settings))
    deployment.send(clicks(2_000, seed=seed))
    deployment.await_applied()

    before = pids(whole)
    whole.up()
    assert pids(whole) == before

    # Every process dies while clicks arrive, and so does the `make up` that is to mend it.
    deployment.send(clicks(2_000, seed=seed + 1))
    kill_everything(whole)
    interrupted = begin_up(whole)
    time.sleep(chance.uniform(0, LONGEST_UP_S))  # the moment is what is drawn
    interrupted.kill()
    interrupted.wait()
    whole.up()
    deployment.await_applied()
    assert sum(deployment.applied().values()) == 4_000
    deployment.assert_exact()

    deployment.send(clicks(2_000, seed=seed + 2))
    driver = whole.pid("stream")
    whole.down()
    assert owned_processes(whole.home.path) == {}
    with home_lock(whole.home.path):
        pass  # it is free
    whole.up(SERVERS)
    deployment.assert_exact()
    with connected(whole.settings, Role.READER) as reader:
        (ended,) = [row for row in read_slots(reader).values() if row.pid == driver]
        health = judge_health(observe(reader, None))
    assert (ended.state, ended.exit_code) == (SlotState.ENDED, ExitCode.OK)
    assert ended.drained_at is not None
    # On purpose: who watches must not take it for trouble, before `make up` comes to the stream.
    assert (health.verdict, health.detail) == (
        Verdict.STOPPED,
        f"drained by {operator()}: make down",
    )
    StreamDriver(whole.settings, whole.home).take_back_rest()  # the next `make up` failed
    with connected(whole.settings, Role.READER) as reader:
        assert judge_health(observe(reader, None)).verdict is Verdict.DOWN
