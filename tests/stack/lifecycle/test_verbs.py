"""The verbs under load, on the real supervisor: nothing lost, nothing twice, one act a token."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from clickledger.errors import ExitCode, OperationInProgressError, UsageError
from clickledger.kafka.topics import admin_client, ensure_topic
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.migrations import known_migrations
from clickledger.settings import Role
from clickledger.slots import Wanted
from infra.bring_up_stream import bring_up_stream
from infra.home import Home
from infra.steps import step
from infra.stream_slots import StreamDriver
from lifecycle.health import Verdict
from lifecycle.operations import Operation, recent_operations
from lifecycle.verbs import Verbs
from tests.awaiting import await_that
from tests.stack.lifecycle.operated import Operated, edit, succeeded
from tests.stack.running_stack import RunningStack

pytestmark = pytest.mark.stack
RATE = 2_000


def generations(operated: Operated) -> int:
    """How many there were."""
    with connected(operated.settings, Role.READER) as connection:
        return len(fetch_all(connection, "SELECT generation FROM stream_generations"))


def test_a_first_deploy_and_a_restart_under_load(operated: Operated, seed: int) -> None:
    """The new driver is warm before the old one lets go."""
    with operated.load(RATE, seed=seed):
        before = operated.writer()
        outcome = succeeded(operated.verbs.restart(operated.ask("r-1")))
        after = operated.writer()
    assert (after.slot != before.slot, after.epoch) == (True, (before.epoch or 0) + 1)
    assert outcome.data["stages"]["gap_ms"] < 10_000  # the figure belongs to the benchmark
    assert operated.slots()[before.slot].wanted is Wanted.STOPPED
    operated.deployment.assert_exact()
    assert operated.health().verdict in {Verdict.HEALTHY, Verdict.IDLE}


def test_the_same_token_is_one_restart(operated: Operated, seed: int) -> None:
    """Whoever asks, and at the same time."""
    epoch = operated.writer().epoch or 0
    with operated.load(RATE, seed=seed), ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(operated.verbs.restart, operated.ask("same")) for _ in range(2)]
        found = [each.result() for each in asked]
    assert sorted(done for _, done in found) == [False, True]
    assert found[0][0].as_dict() == found[1][0].as_dict()
    assert operated.writer().epoch == epoch + 1
    with pytest.raises(UsageError, match="used before, for restart"):
        operated.verbs.drain(operated.ask("same"))
    # Of one that has ended no plan is made: nobody asks Kafka.
    no_kafka = operated.settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    again = Verbs(no_kafka, operated.verbs.runner).restart(operated.ask("same"))
    assert again == (found[0][0], False)
    operated.deployment.assert_exact()


def test_of_two_operators_one_is_told(operated: Operated, seed: int) -> None:
    """Two tokens at once: the second hears who is at it."""
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(operated.verbs.restart, operated.ask("one"))
        await_that(
            lambda: any(slot.wanted is Wanted.STANDBY for slot in operated.slots().values()),
            "the first one at work",
        )
        with pytest.raises(OperationInProgressError, match=r"restart by tests .*token 'one'"):
            operated.verbs.restart(operated.ask("two"))
        succeeded(first.result())
    with connected(operated.settings, Role.READER) as connection:
        found = [(each.token, each.state) for each in recent_operations(connection, 10)]
    assert found[0] == ("one", "done")
    assert "two" not in dict(found)


def test_drain_stays_drained_until_start(operated: Operated, seed: int) -> None:
    """Under load, and with proof of where it stopped."""
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 1000)
    operated.deployment.await_applied()
    drained = succeeded(operated.verbs.drain(operated.ask("d")))
    applied = {str(p): offset for p, offset in operated.deployment.applied().items()}
    assert drained.data["next_offsets"] == applied
    assert operated.health().verdict is Verdict.STOPPED
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 500)
    with operated.load(RATE, seed=seed):
        succeeded(operated.verbs.start(operated.ask("s")))
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


def test_rollback_goes_to_the_last_good_release(
    operated: Operated, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whoever goes on with it, after its actor died, does the same."""
    first = operated.release()
    second = operated.release(lambda folder: (folder / "sql" / "note.sql").write_text("-- other"))
    assert second.release_name != first.release_name
    succeeded(operated.verbs.deploy(operated.ask("d2"), second.release_name))
    assert operated.writer().release_name == second.release_name
    with operated.load(RATE, seed=seed):
        with monkeypatch.context() as broken:
            broken.setattr("lifecycle.verbs.prove", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                operated.verbs.rollback(operated.ask("b"))
        outcome = succeeded(operated.verbs.rollback(operated.ask("b")))
    assert outcome.lines[0].startswith(f"{first.release_name}: ")
    assert operated.writer().release_name == first.release_name
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
    outcome, _ = verbs.restart(operated.ask("no"))
    assert (outcome.state, outcome.exit_code) == ("refused", ExitCode.OPERATION_REFUSED)
    assert outcome.data["needs_approval"] is True


def test_what_a_release_states_decides(operated: Operated) -> None:
    """Of the limits and of the schema, not what this checkout would say."""
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 100)
    operated.deployment.await_applied()
    stricter = operated.release(
        edit("clickledger/contract/rules.py", "max_click: int = 1_000_000", "max_click: int = 9")
    )
    planned = operated.verbs.plan("deploy", stricter.release_name)
    assert planned.decision == "ask"
    assert planned.approvals[0].endswith(": max_click 1000000 -> 9")

    newest = max(known_migrations())
    name = f"sql/migrations/{newest + 1:04}_create_later.sql"
    later = operated.release(lambda folder: (folder / name).write_text("CREATE TABLE later"))
    planned = operated.verbs.plan("deploy", later.release_name)
    assert planned.decision == "refuse"
    assert f"migration {newest + 1}, and this one has had {newest};" in planned.refusals[0]

    shutil.rmtree(later.folder)
    assert "cannot be run" in operated.verbs.plan("deploy", later.release_name).refusals[-1]


def test_a_recreated_topic_is_refused_with_the_numbers(operated: Operated) -> None:
    """Nothing is stopped, nothing is started."""
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 100)
    operated.deployment.await_applied()
    succeeded(operated.verbs.drain(operated.ask("last")))
    before = generations(operated)
    with admin_client(operated.settings) as admin:
        admin.delete_topics([operated.settings.topic])
    await_that(lambda: ensure_topic(operated.settings), "the topic again")
    outcome, _ = operated.verbs.restart(operated.ask("too-late"))
    assert outcome.state == "refused"
    assert "deleted and created again" in outcome.lines[0]
    assert generations(operated) == before
