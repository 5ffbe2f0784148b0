"""The archive: every applied record once, provably; what is not whole is refused, not corrected."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from batch.archive.archiver import Archived
from clickledger.clock import to_epoch_ms, utc_now
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange
from tests.stack.batch.reconciled import Reconciled

pytestmark = pytest.mark.stack

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
HOURS = 6
FAILPOINTS = ("segment_claimed", "segment_written", "before_listing")


@pytest.fixture(scope="module", autouse=True)
def some_hours(reconciled: Reconciled) -> None:
    """Six hours, each in segments of its own; the odd bytes must come through unchanged."""
    for n in range(HOURS):
        start = to_epoch_ms(DAY + timedelta(hours=n))
        good = [f"device {n}.{i}|tv|{start + i}|1".encode() for i in range(100)]
        odd = [b"", b"\xff\x00", None, "d|é|x|1".encode()]
        reconciled.send([*good, *odd])
        archive(reconciled).result(120)


def archive(reconciled: Reconciled, failpoint: str = "") -> Future[Archived]:
    cut = reconciled.deployment.applied()
    return reconciled.worker.archive(reconciled.settings, cut, failpoint)


def archived_files(reconciled: Reconciled) -> list[Path]:
    rows = reconciled.rows("SELECT path FROM archive_files ORDER BY path")
    return [Path(reconciled.settings.archive) / row["path"] for row in rows]


def assert_archive_is_the_topic(reconciled: Reconciled) -> None:
    """Each record below the ledger is in the listed files once, byte for byte."""
    names = ["partition", "offset", "timestamp", "timestamp_type", "key", "value"]
    found = sorted(
        (row["partition"], row["offset"], row["timestamp"].timestamp(), row["key"], row["value"])
        for file in archived_files(reconciled)
        for row in pq.ParquetFile(file).read(names).to_pylist()
    )
    with TopicLog(reconciled.settings) as log:
        expected = [
            (record.partition, record.offset, record.timestamp / 1000, record.key, record.value)
            for partition, end in sorted(reconciled.deployment.applied().items())
            for record in log.records(OffsetRange(partition, 0, end))
        ]
    assert found == expected


def test_the_archive_is_the_topic_byte_for_byte(reconciled: Reconciled) -> None:
    assert_archive_is_the_topic(reconciled)


def test_archiving_twice_adds_nothing(reconciled: Reconciled) -> None:
    before = reconciled.rows("SELECT * FROM archive_segments")
    assert archive(reconciled).result(60) == Archived()
    assert reconciled.rows("SELECT * FROM archive_segments") == before


def test_killed_anywhere_the_next_run_finishes_the_claim(reconciled: Reconciled) -> None:
    for point in FAILPOINTS:
        reconciled.send([f"late {point}|tv|{to_epoch_ms(DAY)}|1".encode()])
        run = archive(reconciled, point)
        reconciled.worker.await_failpoint(run)
        reconciled.worker.kill()
    archive(reconciled).result(120)
    assert_archive_is_the_topic(reconciled)


def test_a_flipped_byte_stops_only_the_hours_of_that_file(reconciled: Reconciled) -> None:
    reconciled.reconcile()
    reconciled.harm("UPDATE hours SET state = 'reopened' WHERE state = 'reconciled'")
    hour = DAY + timedelta(hours=3)
    rows = reconciled.rows(
        "SELECT path FROM archive_files JOIN archive_hours USING (topic, kafka_partition,"
        " start_offset) WHERE hour = %s",
        hour,
    )
    file = Path(reconciled.settings.archive) / rows[0]["path"]
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])

    results = {found.hour: found for found in reconciled.reconcile().results}
    assert results[hour].verdict == "archive_incomplete"
    assert file.name in results[hour].detail
    others = {found.verdict.value for found in results.values() if found.hour != hour}
    assert others == {"identical"}
    assert reconciled.state(hour) == "reopened"

    file.write_bytes(whole)
    assert reconciled.result_of(hour).verdict == "identical"


def test_a_lost_segment_changes_nothing(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=4)
    columns = "topic, kafka_partition, start_offset"
    lost = reconciled.rows(
        f"SELECT segments.* FROM archive_segments AS segments JOIN archive_hours USING ({columns})"
        " WHERE hour = %s LIMIT 1",
        hour,
    )[0]
    reconciled.harm(
        "DELETE FROM archive_segments WHERE kafka_partition = %s AND start_offset = %s",
        lost["kafka_partition"],
        lost["start_offset"],
    )
    reconciled.harm("UPDATE hours SET state = 'reopened' WHERE hour = %s", hour)
    found = reconciled.result_of(hour)
    assert found.verdict == "archive_incomplete"
    assert f"{lost['start_offset']:,}" in found.detail
    assert reconciled.rows("SELECT id FROM corrections") == []

    names, marks = ", ".join(lost), ", ".join(["%s"] * len(lost))
    reconciled.harm(f"INSERT INTO archive_segments ({names}) VALUES ({marks})", *lost.values())
    assert reconciled.result_of(hour).verdict == "identical"
