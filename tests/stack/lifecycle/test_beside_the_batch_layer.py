"""Releases and the batch layer: what a release spoilt is put right, and neither is in the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from batch.due import HOUR
from batch.reconcile.runs import Ask
from clickledger.clock import to_epoch_ms, utc_now
from lifecycle.watch import watch
from tests.stack.batch.reconciled import Reconciled
from tests.stack.batch.worker import Worker
from tests.stack.lifecycle.conftest import operated_stream
from tests.stack.lifecycle.operated import Operated, edit, succeeded
from tests.stack.running_stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.long]

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
EVENTS = 300
# Nothing tells it apart until the sign is there, long after its proof.
DOUBLES_ON_A_SIGN = edit(
    "streaming/micro_batch.py",
    "        began = time.monotonic()\n",
    "        began = time.monotonic()\n"
    "        if (self.settings.home / 'double').exists():\n"
    "            from pyspark.sql import functions as f\n"
    "            doubled = f.expr(\"concat(value, CAST('0' AS BINARY))\")\n"
    "            frame = frame.withColumn('value', doubled)\n",
)
ANOTHER = edit("streaming/micro_batch.py", "        began = time.monotonic()\n",
               "        began = time.monotonic()  # of another release\n")  # fmt: skip


@pytest.fixture(scope="module")
def operated(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """A stream of its own: one release spoils figures."""
    with operated_stream(stack, "beside", tmp_path_factory.mktemp("beside")) as found:
        found.bring_up()
        yield found


@pytest.fixture(scope="module")
def reconciled(
    operated: Operated, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reconciled]:
    """The batch layer over it."""
    worker = Worker(operated.settings, tmp_path_factory.mktemp("batch"))
    yield Reconciled(operated.deployment, worker)
    worker.let_go()
    worker.close()


def events(hour: datetime, device: str) -> list[bytes]:
    """Three clicks of each device."""
    start = to_epoch_ms(hour)
    return [f"{device}{n}|mobile|{start + n}|3".encode() for n in range(EVENTS)]


def count(operated: Operated, values: list[bytes]) -> None:
    operated.deployment.send(values)
    operated.deployment.await_applied()


def approved(hour: datetime) -> Ask:
    return Ask("tests", "a test", hour, hour + HOUR, approved=True)


def test_what_a_release_has_spoilt_is_restated_taken_back_and_restated_again(
    operated: Operated, reconciled: Reconciled
) -> None:
    good = operated.writer().release_name
    bad = operated.release(DOUBLES_ON_A_SIGN)
    succeeded(operated.verbs.deploy(operated.ask("proven"), bad.release_name))
    count(operated, events(DAY, "right"))
    sign = operated.settings.home / "double"
    sign.touch()
    try:
        count(operated, events(DAY, "wrong"))
        assert watch(operated.settings, operated.verbs).did.startswith("done: ")
    finally:
        sign.unlink()
    assert operated.writer().release_name == good

    found = reconciled.result_of(DAY, approved(DAY))
    assert (found.verdict, found.cause) == ("differs", "release")
    assert f"by {bad.release_name}" in found.detail
    assert found.stream[0] - found.recount[0] == 27 * EVENTS
    assert reconciled.rows("SELECT * FROM corrections") == []
    wrong = reconciled.minutes()

    done = reconciled.restate(DAY, DAY + HOUR)
    assert [(each.verdict, each.cause) for each in done.results] == [("restated", "release")]
    assert reconciled.minutes() == reconciled.true_minutes()
    assert reconciled.undo(done.run).hours == [DAY]
    assert reconciled.minutes() == wrong
    assert reconciled.is_held(DAY)
    reconciled.restate(DAY, DAY + HOUR)
    assert reconciled.minutes() == reconciled.true_minutes()
    assert (reconciled.state(DAY), reconciled.is_held(DAY)) == ("reconciled", False)
    reconciled.assert_hours_exact()
    reconciled.assert_books_balance()


def test_another_release_is_deployed_in_mid_reconcile(
    operated: Operated, reconciled: Reconciled
) -> None:
    """It counts into the hour that is about to be marked."""
    hour = DAY + HOUR
    count(operated, events(hour, "before"))
    run = reconciled.worker.reconcile(reconciled.settings, approved(hour), "before_mark")
    reconciled.worker.await_failpoint(run)
    other = operated.release(ANOTHER)
    succeeded(operated.verbs.deploy(operated.ask("in-between"), other.release_name))
    assert operated.writer().release_name == other.release_name
    count(operated, events(hour, "after"))
    reconciled.worker.pass_failpoint()
    assert [each.verdict for each in run.result(300).results] == ["identical"]
    assert reconciled.state(hour) == "reconciled"
    assert reconciled.minutes() == reconciled.true_minutes()
    reconciled.assert_hours_exact()
    reconciled.assert_books_balance()
