"""Crash truth: after every way to die, the tables equal the oracle's and the audit is clean."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable

import pytest

from clickledger.errors import ExitCode
from streaming.ending import HALTING
from tests.awaiting import await_that
from tests.stack.running_stack import RunningStack
from tests.stack.stream.clicks import clicks
from tests.stack.stream.deployment import Deployment
from tests.stack.stream.truth import Truth

pytestmark = pytest.mark.stack

TRIES = 30  # of all its clients together: with kafka-python's own pauses, those are seconds by then
STARTED_AND_COUNTING_S = 12.0  # the start takes about half of it
VICTIMS = [("jvm",), ("python",), ("jvm", "python")]
POINTS = [
    "range_read",
    "in_job",
    "before_transaction",
    "inside_transaction",
    "before_commit",
    "after_commit",
]


@pytest.mark.parametrize("victim", VICTIMS, ids="+".join)
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_named_point(
    resting: Deployment, point: str, victim: tuple[str, ...], seed: int
) -> None:
    """What is below the ledger is exact, whether this batch is or not; each start is a recovery."""
    resting.send(clicks(1_000, seed=seed + len(resting.drivers)))
    before = sum(resting.applied().values())
    driver = resting.driver(failpoint=point)
    driver.await_failpoint()
    driver.kill(*victim)
    if "python" not in victim:
        driver.pass_failpoint()  # Python outlives its JVM, and may commit
    driver.await_end()
    committed = sum(resting.applied().values()) > before
    if "python" in victim:
        assert committed == (point == "after_commit")
    resting.assert_exact()


def test_after_all_those_kills_the_stream_catches_up(common: Deployment) -> None:
    """With whatever the last one left. The truth that was carried on is the truth from nothing."""
    common.running().await_running()
    common.await_applied()
    books = common.assert_exact()
    assert Truth(common.settings).books(common.applied()) == books


def kill_at_random(deployment: Deployment, rounds: int, seed: int) -> None:
    """Kill the driver's processes under load, batches back to back; exact after each.

    Each of ``VICTIMS`` in turn; one of three so long after it was started, wherever it is by then.
    """
    chance = random.Random(seed)
    victims = chance.sample(VICTIMS, len(VICTIMS))
    at_a_time = next(victim for victim in victims if "python" in victim)  # a JVM may not be there
    for turn in range(rounds):
        deployment.send(clicks(20_000, seed=seed + turn))
        before = sum(deployment.applied().values())
        driver = deployment.driver(
            trigger_interval_ms="0", max_offsets_per_trigger="3500", small_batch_records="2000"
        )
        victim = victims[turn % len(victims)]
        if victim == at_a_time:
            with pytest.raises(subprocess.TimeoutExpired):
                driver.process.wait(chance.uniform(0, STARTED_AND_COUNTING_S))
        else:
            deployment.await_records(before + chance.randrange(15_000))
        driver.kill(*victim)
        driver.await_end()
        deployment.assert_exact()
    deployment.driver()
    deployment.await_applied()
    deployment.assert_exact()


def test_kills_at_random_moments(resting: Deployment, seed: int) -> None:
    """Of each process and of both, on every run."""
    kill_at_random(resting, len(VICTIMS), seed)


@pytest.mark.long
def test_chaos(
    deployment: Deployment, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """For nights: `make chaos ROUNDS=n`."""
    rounds = int(os.environ.get("CLICKLEDGER_CHAOS_ROUNDS", "10"))
    record_property("kills at random moments", rounds)
    kill_at_random(deployment, rounds, seed)


def test_kafka_is_killed_and_comes_back(common: Deployment, stack: RunningStack, seed: int) -> None:
    """The driver lives through it, however many tries to connect were in vain."""
    common.send(clicks(5_000, seed=seed))
    driver = common.running()
    common.await_applied()
    stack.stack.kill("kafka")
    await_that(lambda: driver.text().count("Connection failed") >= TRIES, "tries to connect")
    stack.stack.start("kafka")
    common.send(clicks(5_000, seed=seed + 1))
    common.await_applied()
    assert driver.process.poll() is None
    common.assert_exact()


def test_mariadb_is_killed_and_comes_back(
    resting: Deployment, stack: RunningStack, seed: int
) -> None:
    """Killed while a transaction is open; the driver lives through it."""
    resting.send(clicks(5_000, seed=seed))
    driver = resting.driver(failpoint="inside_transaction")
    driver.await_failpoint()
    stack.stack.kill("mariadb")
    driver.pass_failpoint()
    stack.stack.start("mariadb")
    resting.send(clicks(5_000, seed=seed + 1))
    resting.await_applied()
    resting.assert_exact()


def test_servers_that_stay_away_end_the_driver(
    resting: Deployment, stack: RunningStack, seed: int
) -> None:
    """Each with its own code, by which the supervisor starts another one; nothing is lost by it."""
    driver = resting.driver(database_retry_s="1")
    driver.await_running()
    stack.stack.kill("mariadb")
    resting.send(clicks(1_000, seed=seed))
    assert driver.await_end() == ExitCode.DATABASE_UNREACHABLE
    stack.stack.kill("kafka")
    stack.stack.start("mariadb")
    assert resting.driver().await_end() == ExitCode.KAFKA_UNREACHABLE
    stack.stack.start("kafka")
    resting.driver()
    resting.await_applied()
    resting.assert_exact()


def test_a_frozen_driver_is_replaced_and_then_thawed(resting: Deployment, seed: int) -> None:
    """SIGSTOP inside its transaction: the server lets its locks go, the epoch does the rest."""
    resting.send(clicks(5_000, seed=seed))
    frozen = resting.driver(failpoint="inside_transaction")
    frozen.await_failpoint()
    frozen.freeze()
    resting.driver()
    resting.await_applied()
    frozen.pass_failpoint()
    frozen.thaw()
    assert frozen.await_end() == ExitCode.STALE_WRITER
    resting.send(clicks(2_000, seed=seed + 1))
    resting.await_applied()
    resting.assert_exact()


def test_a_frozen_idle_driver_is_replaced_and_then_thawed(common: Deployment, seed: int) -> None:
    """SIGSTOP between batches."""
    common.send(clicks(2_000, seed=seed))
    frozen = common.running()
    common.await_applied()
    frozen.freeze()
    second = common.driver()
    second.await_running()
    common.send(clicks(2_000, seed=seed + 1))
    frozen.thaw()
    assert frozen.await_end() == ExitCode.STALE_WRITER
    common.await_applied()
    common.assert_exact()


def test_two_drivers_at_once(resting: Deployment, seed: int) -> None:
    """Started together: one ends up as the owner, the other ends."""
    resting.send(clicks(12_000, seed=seed))
    pair = [resting.driver(max_offsets_per_trigger="1000") for _ in range(2)]
    for driver in pair:
        driver.expect_end()
    resting.await_applied()
    codes = await_that(
        lambda: [code for d in pair if (code := d.process.poll()) is not None], "one has ended"
    )
    assert codes == [ExitCode.STALE_WRITER]
    resting.assert_exact()


def test_the_checkpoint_is_deleted_under_a_running_driver(common: Deployment, seed: int) -> None:
    """The driver may fail; the next one goes on from the ledger."""
    common.send(clicks(2_000, seed=seed))
    driver = common.running()
    common.await_applied()
    driver.expect_end()
    shutil.rmtree(common.settings.home / "generations")
    common.send(clicks(2_000, seed=seed + 1))
    driver.await_end()
    assert driver.process.poll() not in HALTING
    common.driver().await_running()
    common.await_applied()
    common.assert_exact()


def test_a_drain_under_load_and_an_idle_one(resting: Deployment, seed: int) -> None:
    """Exit code 0, nothing lost, nothing twice."""
    before = sum(resting.applied().values())
    resting.send(clicks(40_000, seed=seed))
    driver = resting.driver(trigger_interval_ms="0", max_offsets_per_trigger="2000")
    resting.await_records(before + 1)
    driver.drain()
    assert sum(resting.applied().values()) < before + 40_000
    idle = resting.driver()
    resting.await_applied()
    idle.drain()
    resting.assert_exact()
