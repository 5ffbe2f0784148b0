"""Releases that must not stay: each is rolled back by itself, nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ExitCode
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role
from clickledger.slots import SlotState
from lifecycle.health import Verdict
from lifecycle.releases import find_release
from lifecycle.samples import span_of, suspect_ranges
from lifecycle.slots import other_slot
from lifecycle.takeover import Takeover
from lifecycle.targets import release_to_run
from lifecycle.watch import watch
from tests.awaiting import await_that
from tests.stack.lifecycle.conftest import operated_stream
from tests.stack.lifecycle.operated import Operated, edit, succeeded
from tests.stack.running_stack import RunningStack

pytestmark = pytest.mark.stack
RATE = 2_000


@pytest.fixture(scope="module")
def operated(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """A stream of its own: some of these releases spoil figures."""
    with operated_stream(stack, "bad_releases", tmp_path_factory.mktemp("bad")) as found:
        found.bring_up()
        yield found


CRASHES_AT_START = edit(
    "streaming/__main__.py", "def main() -> int:", "def main() -> int:\n    raise SystemExit(1)"
)
CRASHES_AS_IT_TAKES_OVER = edit(
    "streaming/takeover.py",
    "    epoch = take_fence(connection, identity.owner)\n",
    "    epoch = take_fence(connection, identity.owner)\n    raise ZeroDivisionError\n",
)
FAILS_AS_IT_TAKES_OVER = edit(  # another release than that, which is known to be bad by then
    "streaming/takeover.py",
    "    epoch = take_fence(connection, identity.owner)\n",
    "    epoch = take_fence(connection, identity.owner)\n    raise LookupError\n",
)
COUNTS_WRONGLY = edit(
    "clickledger/transforms/count.py", 'f.sum("click").alias', 'f.max("click").alias'
)
REJECTS_EVERYTHING = edit(
    "clickledger/transforms/judge.py",
    "f\"{without_line_end('value')} AS body\"",
    "\"CAST('' AS BINARY) AS body\"",
)
CRASHES_AT_ITS_FIFTH_BATCH = edit(
    "streaming/micro_batch.py",
    "        self.limit.check(batch)\n",
    "        self.limit.check(batch)\n"
    "        if self.progress.batches == 4:\n"
    "            raise ZeroDivisionError\n",
)
OTHER_EVENTS = (
    "{0}    from pyspark.sql import functions as f\n"
    "{0}    frame = frame.withColumn('value', f.lit(b'd|mobile|1767225600000|9'))\n"
)
COUNTS_WRONGLY_LATER = edit(
    "streaming/micro_batch.py",
    "        began = time.monotonic()\n",
    "        began = time.monotonic()\n"
    "        if self.progress.batches >= 1:\n" + OTHER_EVENTS.format(" " * 8),
)
# Nothing tells it apart until the sign is there, long after its proof.
COUNTS_WRONGLY_ON_A_SIGN = edit(
    "streaming/micro_batch.py",
    "        began = time.monotonic()\n",
    "        began = time.monotonic()\n"
    "        if (self.settings.home / 'count-wrongly').exists():\n" + OTHER_EVENTS.format(" " * 8),
)
# As far as the limit of rejects lets it: what comes then is not committed at all.
REJECTS_EVERYTHING_LATER = edit(
    "streaming/micro_batch.py",
    "        began = time.monotonic()\n",
    "        began = time.monotonic()\n"
    "        if self.progress.batches >= 1:\n"
    "            from pyspark.sql import functions as f\n"
    "            frame = frame.withColumn('value', f.lit(b'not an event'))\n",
)


def test_who_dies_in_mid_rollback_leaves_no_bad_release_behind(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same token goes on rolling back; a reset, for example by watching, takes the good one."""
    good = str(operated.writer().release_name)
    bad = operated.release(FAILS_AS_IT_TAKES_OVER)
    ask = operated.ask("dies")
    end = Takeover._end

    def end_and_die(takeover: Takeover, slot: str) -> None:
        end(takeover, slot)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Takeover, "_end", end_and_die)
        with pytest.raises(KeyboardInterrupt):
            operated.verbs.deploy(ask, bad.release_name)
    with connected(operated.settings, Role.READER) as connection:
        assert release_to_run(connection).release_name == good
    outcome, done_now = operated.verbs.deploy(ask, bad.release_name)
    assert (outcome.state, done_now) == ("rolled_back", True), outcome
    assert outcome.lines[1].startswith(f"Rolled back to {good}: ")
    assert operated.writer().release_name == good
    operated.deployment.assert_exact()


@pytest.mark.parametrize(
    ("change", "exact"),
    [
        pytest.param(CRASHES_AT_START, True, id="crashes at start"),
        pytest.param(CRASHES_AS_IT_TAKES_OVER, True, id="crashes as it takes over"),
        pytest.param(COUNTS_WRONGLY, True, id="counts wrongly"),
        pytest.param(REJECTS_EVERYTHING, True, id="rejects everything"),
        pytest.param(CRASHES_AT_ITS_FIFTH_BATCH, True, id="crashes at its fifth batch"),
        pytest.param(COUNTS_WRONGLY_LATER, False, id="counts wrongly later"),
        pytest.param(
            REJECTS_EVERYTHING_LATER, False, id="rejects everything later", marks=pytest.mark.long
        ),
    ],
)
def test_a_bad_release_is_rolled_back_by_itself(
    operated: Operated, change: Callable[[Path], object], exact: bool, seed: int
) -> None:
    """Under load. What a release counted wrongly after its takeover is named, not hidden."""
    good = str(operated.writer().release_name)
    bad = operated.release(change)
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 500)
    operated.deployment.await_applied()
    with operated.load(RATE, seed=seed):
        outcome, _ = operated.verbs.deploy(operated.ask(bad.release_name), bad.release_name)
    assert (outcome.state, outcome.exit_code) == ("rolled_back", ExitCode.ROLLED_BACK), outcome
    assert operated.writer().release_name == good
    with connected(operated.settings, Role.READER) as connection:
        assert find_release(connection, bad.release_name).verdict == "bad"
        assert find_release(connection, good).verdict == "good"
    if exact:
        operated.deployment.assert_exact()
    else:
        assert "counts wrongly" in outcome.lines[0]
        named = spoilt_by(operated, bad.release_name)
        assert outcome.lines[-1] == f"To be restated: {', '.join(map(str, named))}."


def test_a_release_whose_jvm_is_killed_as_it_warms_up_is_not_to_blame(operated: Operated) -> None:
    """As a machine out of memory would: the old one goes on, the other may be asked for again."""
    before = operated.writer()
    other = operated.release(edit("streaming/__main__.py", "main() -> int:", "main() -> int:  # 2"))
    with ThreadPoolExecutor(1) as pool:
        deploy = partial(operated.verbs.deploy, operated.ask("killed"), other.release_name)
        deployed = pool.submit(deploy)
        slot = other_slot(before.slot)
        await_that(lambda: operated.slots()[slot].state is SlotState.WARMING, "Spark is up")
        driver = psutil.Process(operated.verbs.runner.state(slot).pid)
        (jvm,) = (each for each in driver.children() if each.name() == "java")
        jvm.kill()
        outcome, _ = deployed.result()
    assert outcome.state == "rolled_back", outcome
    assert f"(exit code {ExitCode.KILLED:d}): The driver's JVM was killed" in outcome.lines[0]
    assert operated.writer() == before
    with connected(operated.settings, Role.READER) as connection:
        assert find_release(connection, other.release_name).verdict == "new"


def spoilt_by(operated: Operated, release: str) -> list[OffsetRange]:
    """What is named of a release that only its last epoch has counted with: all after its first
    batch, which was right."""
    epochs = "SELECT MAX(epoch) AS epoch FROM stream_batches WHERE release_name = %s"
    with connected(operated.settings, Role.READER) as connection:
        (row,) = fetch_all(connection, epochs, (release,))
        named = suspect_ranges(connection, row["epoch"])
        batches = fetch_all(
            connection,
            "SELECT * FROM stream_batches WHERE epoch = %s ORDER BY applied_at",
            (row["epoch"],),
        )
    later = [span_of(each) for each in batches if each["batch_id"] > batches[0]["batch_id"]]
    assert later
    assert all(any(is_in(span, each) for each in named) for span in later)
    return named


def test_a_release_that_starts_to_count_wrongly_is_found_by_samples(operated: Operated) -> None:
    """Long after its proof: taken back by watching, and what it has spoilt is named."""
    good = operated.writer().release_name
    bad = operated.release(COUNTS_WRONGLY_ON_A_SIGN)
    succeeded(operated.verbs.deploy(operated.ask("proven"), bad.release_name))
    epoch = operated.writer().epoch or 0
    event = b"d|mobile|1767225600000|1"
    operated.deployment.send([event] * 300)
    operated.deployment.await_applied()
    right = watch(operated.settings, operated.verbs)
    assert right.did == "nothing"
    assert right.sampled.endswith("records, equal")

    sign = operated.settings.home / "count-wrongly"
    sign.touch()
    try:
        operated.deployment.send([event] * 300)
        operated.deployment.await_applied()
        found = watch(operated.settings, operated.verbs)
    finally:
        sign.unlink()
    assert found.health.verdict is Verdict.WRONG
    assert found.did.startswith("done: "), found
    assert operated.writer().release_name == good
    assert found.alarm is not None
    assert watch(operated.settings, operated.verbs).health.fine
    with connected(operated.settings, Role.READER) as connection:
        assert find_release(connection, bad.release_name).verdict == "bad"
        (incident,) = fetch_all(connection, "SELECT verdict, detail, ended_at FROM incidents")
        named = suspect_ranges(connection, epoch)
        spoilt = wrong_ranges(connection, epoch)
    assert (incident["verdict"], incident["detail"]) == ("wrong", found.health.detail)
    assert incident["ended_at"] is not None
    assert incident["detail"].endswith(f"to be restated: {', '.join(map(str, named))}")
    # All that is wrong is named, and nothing that was found right.
    assert sum(map(len, spoilt)) == 300
    assert all(any(is_in(span, each) for each in named) for span in spoilt)
    assert not any(str(span) in right.sampled for span in named)


def is_in(inner: OffsetRange, outer: OffsetRange) -> bool:
    return (
        inner.partition == outer.partition and outer.start <= inner.start < inner.end <= outer.end
    )


def wrong_ranges(connection: Connection[Cursor], epoch: int) -> list[OffsetRange]:
    """Every range of the epoch whose clicks are not one an event, as all that were sent."""
    rows = fetch_all(connection, "SELECT * FROM stream_batches WHERE epoch = %s", (epoch,))
    return [
        OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
        for row in rows
        if row["clicks"] != row["records_read"]
    ]
