"""Lost raw records stop only the hours that they may belong to, until a person accepts that."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from kafka import TopicPartition

from batch.accept_loss import Word, accept_loss, lost_ranges
from batch.due import HOUR
from clickledger.clock import to_epoch_ms, utc_now
from clickledger.errors import ExitCode, OperationRefusedError
from clickledger.kafka.topics import admin_client
from clickledger.ledger.audit import run_audit
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import connected
from clickledger.settings import CHECKOUT, Role
from tests.stack.batch.reconciled import Reconciled
from tests.stack.stream.deployment import environment_of

pytestmark = pytest.mark.stack

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
COUNT = 30


def send(reconciled: Reconciled, hour: int, partition: int = 0) -> OffsetRange:
    """Events of one hour; where they lie."""
    start = reconciled.deployment.applied().get(partition, 0)
    at = to_epoch_ms(DAY + hour * HOUR)
    values = [f"d{n}|tv|{at + n}|2".encode() for n in range(COUNT)]
    reconciled.deployment.send(values, partition=partition)
    reconciled.deployment.await_applied()
    return OffsetRange(partition, start, start + COUNT)


def verdicts(reconciled: Reconciled, *hours: int) -> list[str]:
    """Of hours that are looked at again."""
    for hour in hours:
        reconciled.reopen(DAY + hour * HOUR)
    found = {result.hour: str(result.verdict) for result in reconciled.reconcile().results}
    return [found[DAY + hour * HOUR] for hour in hours]


def accepted(reconciled: Reconciled, span: OffsetRange) -> int:
    """By command line; its exit code."""
    words = ["--range", f"{span.partition}:{span.start}:{span.end}", "--reason", "a test"]
    return subprocess.run(
        [sys.executable, "-m", "cli", "ledger", "accept-loss", *words],
        cwd=CHECKOUT,
        env=environment_of(reconciled.settings),
        check=False,
    ).returncode


def assert_shown(reconciled: Reconciled, *spans: OffsetRange) -> None:
    with connected(reconciled.settings, Role.READER) as connection:
        report = run_audit(connection)
    assert report.ok, report.as_dict()
    shown = [(row["start_offset"], row["end_offset"]) for row in report.lost_records]
    assert shown == [(span.start, span.end) for span in spans]


@pytest.fixture(scope="module")
def dropped(reconciled: Reconciled) -> OffsetRange:
    """Hours 0 and 1 are archived, hour 2 is not and Kafka has dropped it, 3 and 4 came later."""
    for hour in (0, 1):
        send(reconciled, hour)
        assert reconciled.reconcile().ok
    lost = send(reconciled, 2)
    with admin_client(reconciled.settings) as admin:
        # a half of a range is no use: all of it is lost
        admin.delete_records(
            {TopicPartition(reconciled.settings.topic, 0): lost.start + COUNT // 2}
        )
    send(reconciled, 3)
    send(reconciled, 4, partition=1)
    return lost


def test_only_hours_of_what_is_missing_wait(reconciled: Reconciled, dropped: OffsetRange) -> None:
    """Another partition goes on, and so does what was archived before."""
    incomplete = "archive_incomplete"
    found = verdicts(reconciled, 0, 1, 2, 3, 4)
    assert found == ["identical", "identical", incomplete, incomplete, "identical"]
    detail = reconciled.result_of(DAY + 2 * HOUR).detail
    assert str(dropped.start) in detail
    assert "Kafka has dropped" in detail


def test_what_kafka_dropped_is_accepted_by_name(
    reconciled: Reconciled, dropped: OffsetRange
) -> None:
    settings, applied = reconciled.settings, reconciled.deployment.applied()
    assert lost_ranges(settings) == [dropped]
    for wrong in (
        OffsetRange(0, dropped.start, dropped.end + 1),
        OffsetRange(1, 0, applied[1] + 1),
    ):
        with pytest.raises(
            OperationRefusedError, match=rf"Not .* but partition 0 \[{dropped.start}"
        ):
            accept_loss(settings, wrong, Word("tests", "a test"))
    assert accepted(reconciled, dropped) == ExitCode.OK
    assert lost_ranges(settings) == []
    minutes = reconciled.minutes()
    assert verdicts(reconciled, 0, 2, 3) == ["identical", "records_lost", "identical"]
    assert reconciled.minutes() == minutes
    assert "a test" in reconciled.result_of(DAY + 2 * HOUR).detail
    assert reconciled.reconcile().ok
    assert reconciled.state(DAY + 2 * HOUR) == "reopened"
    assert_shown(reconciled, dropped)
    archived = reconciled.rows("SELECT kafka_partition, next_offset FROM archive_positions")
    assert {row["kafka_partition"]: row["next_offset"] for row in archived} == applied


def test_a_file_that_nobody_can_restore_is_accepted_too(
    reconciled: Reconciled, dropped: OffsetRange
) -> None:
    """The transforms change at the same time: every segment is counted anew."""
    whole, gone = OffsetRange(0, COUNT, 2 * COUNT), OffsetRange(0, 0, COUNT)
    rows = reconciled.rows(
        "SELECT path FROM archive_files WHERE kafka_partition = 0 AND start_offset = 0"
    )
    (Path(reconciled.settings.archive) / rows[0]["path"]).unlink()
    for table in ("archive_summaries", "archive_hours"):
        reconciled.harm(f"UPDATE {table} SET transforms_fingerprint = 'of an old release'")
    assert verdicts(reconciled, 0, 1) == ["archive_incomplete", "identical"]
    assert str(gone) in reconciled.result_of(DAY).detail

    assert accepted(reconciled, whole) == ExitCode.OPERATION_REFUSED
    assert accepted(reconciled, gone) == ExitCode.OK
    assert verdicts(reconciled, 0, 1) == ["records_lost", "identical"]
    shown = reconciled.restate(DAY, DAY + 3 * HOUR, approved=False).results
    found = {result.hour: str(result.verdict) for result in shown}
    incomplete = "archive_incomplete"
    assert [found[DAY + n * HOUR] for n in range(3)] == [incomplete, "identical", incomplete]
    assert_shown(reconciled, gone, dropped)
