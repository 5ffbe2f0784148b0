"""Crash truth: after every way to die, the tables equal the oracle's and the audit is clean."""

import os
import random
import shutil
from collections.abc import Iterator

import pytest

from clickledger.errors import ExitCode
from tests.awaiting import await_that
from tests.stack.running_stack import RunningStack
from tests.stack.stream.clicks import clicks
from tests.stack.stream.conftest import make_deployment
from tests.stack.stream.deployment import Deployment

pytestmark = pytest.mark.stack

VICTIMS = [("jvm",), ("python",), ("jvm", "python")]
POINTS = [
    "range_read",
    "job_started",
    "before_transaction",
    "inside_transaction",
    "before_commit",
    "after_commit",
]


@pytest.fixture(scope="module")
def much_killed(stack: RunningStack) -> Iterator[Deployment]:
    """The same books from one kill to the next: every start is a recovery."""
    found = make_deployment(stack, "much_killed")
    yield found
    found.close()


@pytest.mark.parametrize("victim", VICTIMS, ids="+".join)
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_named_point(
    much_killed: Deployment, point: str, victim: tuple[str, ...], seed: int
) -> None:
    """What is below the ledger is exact, whether this batch is or not."""
    much_killed.send(clicks(1_000, seed=seed + len(much_killed.drivers)))
    before = sum(much_killed.applied().values())
    driver = much_killed.driver(failpoint=point)
    driver.await_failpoint()
    driver.kill(*victim)
    if "python" not in victim:
        driver.pass_failpoint()  # Python outlives its JVM, and may commit
    driver.await_end()
    committed = sum(much_killed.applied().values()) > before
    if "python" in victim:
        assert committed == (point == "after_commit")
    much_killed.assert_exact()


def test_after_all_those_kills_the_stream_catches_up(much_killed: Deployment) -> None:
    """With whatever the last one left."""
    driver = much_killed.driver()
    driver.await_running()
    much_killed.await_applied()
    driver.drain()
    much_killed.assert_exact()


def kill_at_random(deployment: Deployment, rounds: int, seed: int) -> None:
    """Kill any of the driver's processes under load, batches back to back; exact after each."""
    chance = random.Random(seed)
    for turn in range(rounds):
        deployment.send(clicks(60_000, seed=seed + turn))
        before = sum(deployment.applied().values())
        driver = deployment.driver(
            trigger_interval_ms="0", max_offsets_per_trigger="7000", small_batch_records="4000"
        )
        deployment.await_records(before + chance.randrange(50_000))
        driver.kill(*chance.choice(VICTIMS))
        driver.await_end()
        deployment.assert_exact()
    deployment.driver()
    deployment.await_applied()
    deployment.assert_exact()


def test_kills_at_random_moments(deployment: Deployment, seed: int) -> None:
    """A few, on every run."""
    kill_at_random(deployment, 2, seed)


@pytest.mark.long
def test_chaos(deployment: Deployment, seed: int) -> None:
    """For nights: `make chaos ROUNDS=n`."""
    kill_at_random(deployment, int(os.environ.get("CLICKLEDGER_CHAOS_ROUNDS", "10")), seed)


def test_kafka_is_killed_and_comes_back(
    deployment: Deployment, stack: RunningStack, seed: int
) -> None:
    """The driver lives through it."""
    deployment.send(clicks(5_000, seed=seed))
    driver = deployment.driver()
    deployment.await_applied()
    stack.stack.kill("kafka")
    stack.stack.start("kafka")
    deployment.send(clicks(5_000, seed=seed + 1))
    deployment.await_applied()
    driver.drain()
    deployment.assert_exact()


def test_mariadb_is_killed_and_comes_back(
    deployment: Deployment, stack: RunningStack, seed: int
) -> None:
    """Killed while a transaction is open; the driver lives through it."""
    deployment.send(clicks(5_000, seed=seed))
    driver = deployment.driver(failpoint="inside_transaction")
    driver.await_failpoint()
    stack.stack.kill("mariadb")
    driver.pass_failpoint()
    stack.stack.start("mariadb")
    deployment.send(clicks(5_000, seed=seed + 1))
    deployment.await_applied()
    driver.drain()
    deployment.assert_exact()


def test_a_frozen_driver_is_replaced_and_then_thawed(deployment: Deployment, seed: int) -> None:
    """SIGSTOP inside its transaction: the server lets its locks go, the epoch does the rest."""
    deployment.send(clicks(5_000, seed=seed))
    frozen = deployment.driver(failpoint="inside_transaction")
    frozen.await_failpoint()
    frozen.freeze()
    second = deployment.driver()
    deployment.await_applied()
    frozen.pass_failpoint()
    frozen.thaw()
    assert frozen.await_end() == ExitCode.STALE_WRITER
    deployment.send(clicks(2_000, seed=seed + 1))
    deployment.await_applied()
    second.drain()
    deployment.assert_exact()


def test_a_frozen_idle_driver_is_replaced_and_then_thawed(
    deployment: Deployment, seed: int
) -> None:
    """SIGSTOP between batches."""
    deployment.send(clicks(2_000, seed=seed))
    frozen = deployment.driver()
    deployment.await_applied()
    frozen.freeze()
    second = deployment.driver()
    second.await_running()
    deployment.send(clicks(2_000, seed=seed + 1))
    frozen.thaw()
    assert frozen.await_end() == ExitCode.STALE_WRITER
    deployment.await_applied()
    second.drain()
    deployment.assert_exact()


def test_two_drivers_at_once(deployment: Deployment, seed: int) -> None:
    """Started together: one ends up as the owner, the other ends."""
    deployment.send(clicks(30_000, seed=seed))
    pair = [deployment.driver(max_offsets_per_trigger="2000") for _ in range(2)]
    for driver in pair:
        driver.expect_end()
    deployment.await_applied()
    codes = await_that(
        lambda: [code for d in pair if (code := d.process.poll()) is not None], "one has ended"
    )
    assert codes == [ExitCode.STALE_WRITER]
    deployment.assert_exact()


def test_the_checkpoint_is_deleted_under_a_running_driver(
    deployment: Deployment, seed: int
) -> None:
    """The driver may fail; the next one goes on from the ledger."""
    deployment.send(clicks(2_000, seed=seed))
    driver = deployment.driver()
    deployment.await_applied()
    driver.expect_end()
    shutil.rmtree(deployment.settings.home / "generations")
    deployment.send(clicks(2_000, seed=seed + 1))
    driver.await_end()
    deployment.driver().await_running()
    deployment.await_applied()
    deployment.assert_exact()


def test_a_drain_under_load_and_an_idle_one(deployment: Deployment, seed: int) -> None:
    """Exit code 0, nothing lost, nothing twice."""
    deployment.send(clicks(40_000, seed=seed))
    driver = deployment.driver(trigger_interval_ms="0", max_offsets_per_trigger="2000")
    deployment.await_records(1)
    driver.drain()
    assert sum(deployment.applied().values()) < 40_000
    idle = deployment.driver()
    deployment.await_applied()
    idle.drain()
    deployment.assert_exact()
