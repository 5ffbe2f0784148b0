"""The verbs under load, on the real supervisor: nothing lost, nothing twice, one act a token."""

import json
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from batch.maintenance.home import Checkpoints
from batch.maintenance.items import Work
from clickledger.clock import utc_now
from clickledger.errors import ExitCode, OperationInProgressError, UsageError
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import GENERATIONS_FOLDER, Role
from clickledger.slots import Wanted
from infra.bring_up_stream import bring_up_stream
from infra.home import Home
from infra.steps import step
from infra.stream_slots import StreamDriver
from lifecycle.ended_generations import WORD, put_away
from lifecycle.health import Verdict
from lifecycle.operations import Operation, recent_operations
from lifecycle.verbs import Verbs
from tests.awaiting import await_that
from tests.stack.lifecycle.operated import Operated, succeeded
from tests.stack.running_stack import RunningStack

pytestmark = pytest.mark.stack
RATE = 2_000


def test_a_restart_under_load_is_one_however_many_ask(operated: Operated, seed: int) -> None:
    """The new driver is warm before the old one lets go. Meanwhile the same token is the same act,
    and another operator is told who is at it."""
    with operated.load(RATE, seed=seed), ThreadPoolExecutor(2) as pool:
        before = operated.writer()
        asked = [pool.submit(operated.verbs.restart, operated.ask("one")) for _ in range(2)]
        await_that(
            lambda: any(slot.wanted is Wanted.STANDBY for slot in operated.slots().values()),
            "the first one at work",
        )
        with pytest.raises(OperationInProgressError, match=r"restart by tests .*token 'one'"):
            operated.verbs.restart(operated.ask("two"))
        (first, done), (second, done_too) = (each.result() for each in asked)
        after = operated.writer()
    assert (first.state, first.as_dict()) == ("done", second.as_dict())
    assert sorted((done, done_too)) == [False, True]
    assert first.data["stages"]["gap_ms"] < 10_000  # the figure belongs to the benchmark
    assert (after.slot != before.slot, after.epoch) == (True, (before.epoch or 0) + 1)
    assert operated.slots()[before.slot].wanted is Wanted.STOPPED
    with connected(operated.settings, Role.READER) as connection:
        found = [(each.token, each.state) for each in recent_operations(connection, 10)]
    assert found[:2] == [("two", "refused"), ("one", "done")]
    told, done_now = operated.verbs.restart(operated.ask("two"))  # as a task that is tried again
    assert (told.exit_code, done_now) == (ExitCode.OPERATION_IN_PROGRESS, False)
    with pytest.raises(UsageError, match="used before, for restart"):
        operated.verbs.drain(operated.ask("one"))
    # Of one that has ended no plan is made: nobody asks Kafka.
    no_kafka = operated.settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    again = Verbs(no_kafka, operated.verbs.runner).restart(operated.ask("one"))
    assert again == (first, False)
    operated.deployment.assert_exact()
    assert operated.health().verdict in {Verdict.HEALTHY, Verdict.IDLE}


def test_drain_stays_drained_until_start(
    operated: Operated, stack: RunningStack, seed: int
) -> None:
    """Under load, and with proof of where it stopped."""
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 1000)
    operated.deployment.await_applied()
    drained = succeeded(operated.verbs.drain(operated.ask("d")))
    applied = {str(p): offset for p, offset in operated.deployment.applied().items()}
    assert drained.data["next_offsets"] == applied
    StreamDriver(operated.settings, Home(stack.home)).take_back_rest()  # a `make up` that failed
    assert operated.health().verdict is Verdict.STOPPED
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 500)
    with operated.load(RATE, seed=seed):
        succeeded(operated.verbs.start(operated.ask("s")))
    operated.deployment.assert_exact()


def test_a_frozen_driver_is_ended_by_a_drain(operated: Operated, seed: int) -> None:
    """SIGSTOP: past the bound its epoch ends, then its process, and nothing is lost."""
    before = operated.writer()
    with operated.load(RATE, seed=seed):
        operated.process().send_signal(signal.SIGSTOP)
        drained = succeeded(operated.verbs.drain(operated.ask("f"), timeout_s=2))
        assert (drained.data["in_order"], drained.data["ran"]) == (False, True)
        assert not operated.verbs.runner.state(before.slot).alive
        with connected(operated.settings, Role.READER) as connection:
            state = fetch_one(connection, statement("lifecycle/state"))
        assert (state and state["fence_epoch"]) == (before.epoch or 0) + 1
        assert operated.health().verdict is Verdict.STOPPED
        succeeded(operated.verbs.start(operated.ask("f-over")))
    assert operated.writer().epoch == (before.epoch or 0) + 2
    operated.deployment.assert_exact()


def test_make_up_waits_for_whoever_was_first(operated: Operated, stack: RunningStack) -> None:
    """Watching may find the stream down, and start it, before `make up` comes to it."""
    before = operated.writer()
    stack.stack.supervisor.stop(before.program)
    driver = StreamDriver(operated.settings, Home(stack.home))
    with ThreadPoolExecutor(1) as pool, step("stream") as running:
        first = pool.submit(operated.verbs.start, operated.ask("watching"))
        await_that(
            lambda: any(each.state == "running" for each in operations(operated)), "it has begun"
        )
        bring_up_stream(driver, running, None)
        succeeded(first.result())
    assert running.outcome == f"runs already, release {before.release_name}"
    assert operated.writer().epoch == (before.epoch or 0) + 1
    assert operations(operated)[0].token == "watching"


def operations(operated: Operated) -> list[Operation]:
    """The newest."""
    with connected(operated.settings, Role.OPERATOR) as connection:
        return recent_operations(connection, 10)


def test_what_a_standby_began_with_is_known_by_its_generation(operated: Operated) -> None:
    """Beside the old one, and no older than any setting allows: put away with its word when it has
    ended, and never deleted while it lives."""
    settings = operated.settings
    succeeded(operated.verbs.restart(operated.ask("g1")))
    first = generation_of_writer(operated)
    succeeded(operated.verbs.restart(operated.ask("g2")))
    second = generation_of_writer(operated)
    assert (settings.home / GENERATIONS_FOLDER / second / "offsets").is_dir()
    ended = "UPDATE stream_generations SET ended_at = ended_at - INTERVAL 2 MINUTE"
    with connected(settings, Role.STREAM) as connection, connection.cursor() as cursor:
        cursor.execute(f"{ended} WHERE generation = %s", (first,))
    with connected(settings, Role.OPERATOR) as connection:
        moved = {path.name: path for path in put_away(connection, settings)}
        assert second not in moved
        word = json.loads((moved[first] / WORD).read_text(encoding="utf-8"))
        work = Work(connection, settings, utc_now() + timedelta(days=10_000), "r")
        found = Checkpoints().found(work)
    assert (word["generation"], word["started_by"]["token"]) == (first, "g1")
    assert (first in found, second in found) == (True, False)


def generation_of_writer(operated: Operated) -> str:
    """As its row says."""
    with connected(operated.settings, Role.READER) as connection:
        row = fetch_one(connection, statement("lifecycle/state"))
    return str(row and row["generation"])


def test_reset_throws_process_and_checkpoint_away(operated: Operated, seed: int) -> None:
    """The epoch moves before the kill."""
    with operated.load(RATE, seed=seed):
        before = operated.writer()
        succeeded(operated.verbs.reset(operated.ask("x")))
    # One epoch for the fence that the operator took, one for the new driver.
    assert operated.writer().epoch == (before.epoch or 0) + 2
    operated.deployment.assert_exact()


def test_the_supervisor_starts_a_killed_driver_again(operated: Operated, seed: int) -> None:
    """No person and no DAG."""
    with operated.load(RATE, seed=seed):
        before = operated.writer()
        operated.kill_driver()
        operated.await_epoch((before.epoch or 0) + 1)
    assert (operated.writer().instance, operated.writer().starts) == (before.instance, 2)
    operated.deployment.assert_exact()


def test_a_changed_limit_needs_a_persons_word(operated: Operated) -> None:
    """The plan says it, deploy refuses, an approval lets it pass."""
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 100)
    operated.deployment.await_applied()
    changed = operated.settings.model_copy(update={"max_future": "off"})
    verbs = Verbs(changed, operated.verbs.runner)
    planned = verbs.plan("restart", None)
    assert planned.decision == "ask"
    assert planned.approvals[0].endswith(": max_future_ms 3600000 -> None")
    now, then = planned.made_by_now, planned.made_by_next
    assert now is not None
    assert then is not None
    assert now.code_fingerprint == then.code_fingerprint
    assert now.rules is not None
    assert then.rules == {**now.rules, "max_future_ms": None}
    assert (now.rules_version is None, then.rules_version) == (False, None)
    outcome, _ = verbs.restart(operated.ask("no"))
    assert (outcome.state, outcome.exit_code) == ("refused", ExitCode.OPERATION_REFUSED)
    assert outcome.data["needs_approval"] is True
    succeeded(verbs.restart(operated.ask("no", approved=True)))  # the same run, cleared


def test_a_release_whose_program_is_gone_is_refused(operated: Operated) -> None:
    """Nobody can ask it what rules it would judge by."""
    gone = operated.release(lambda folder: (folder / "sql" / "gone.sql").write_text("-- soon"))
    shutil.rmtree(gone.folder)
    assert "cannot be run" in operated.verbs.plan("deploy", gone.release_name).refusals[-1]
