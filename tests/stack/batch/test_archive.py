"""The archive: every applied record once, provably; what is not whole is refused, not corrected."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from batch.archive.archiver import Archived
from batch.reconcile.runs import Ask
from batch.trace.from_figure import FigureTrace, trace_figure
from batch.trace.from_offset import OffsetTrace, trace_offset
from batch.trace.judging import Traced
from cli.main import run
from clickledger.clock import to_epoch_ms, utc_now
from clickledger.errors import ExitCode
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from lifecycle.unarchived import MB, warning
from tests.stack.batch.reconciled import Reconciled
from tests.stack.topic_settings import set_topic

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


def test_a_bounded_log_that_is_not_archived_is_told_of(reconciled: Reconciled) -> None:
    start = to_epoch_ms(DAY)
    reconciled.send(f"waiting {i}|tv|{start + i}|1".encode() for i in range(100))
    settings = reconciled.settings.model_copy(update={"archive_warning": 0.01})
    with TopicLog(settings) as log, connected(settings, Role.READER) as connection:
        sizes = log.sizes()
        assert sizes.keys() == log.bounds(reconciled.deployment.ends()).keys()
        set_topic(settings, {"retention.bytes": str(max(sizes.values())), "retention.ms": "-1"})
        try:
            said = warning(connection, settings)
        finally:
            set_topic(settings, {"retention.bytes": "-1"})
        assert warning(connection, settings) == ""
    kept = f"Kafka keeps {max(sizes.values()) / MB:,.1f} MB"
    assert [each.endswith(kept) for each in said.split("; ")] == [True, True]


def test_killed_anywhere_the_next_run_finishes_the_claim(reconciled: Reconciled) -> None:
    for point in FAILPOINTS:
        reconciled.send([f"late {point}|tv|{to_epoch_ms(DAY)}|1".encode()])
        run = archive(reconciled, point)
        reconciled.worker.await_failpoint(run)
        reconciled.worker.kill()
    archive(reconciled).result(120)
    assert_archive_is_the_topic(reconciled)


def file_of(reconciled: Reconciled, hour: datetime) -> Path:
    rows = reconciled.rows(
        "SELECT path FROM archive_files JOIN archive_hours USING (topic, kafka_partition,"
        " start_offset) WHERE hour = %s",
        hour,
    )
    return Path(reconciled.settings.archive) / str(rows[0]["path"])


@pytest.mark.parametrize(
    ("with_checksum", "said"),
    [(True, "is gone, or cannot be read"), (False, "is not the one that was archived")],
    ids=["with Hadoop's checksum", "without"],
)
def test_a_flipped_byte_stops_only_the_hours_of_that_file(
    reconciled: Reconciled, with_checksum: bool, said: str
) -> None:
    """Hadoop keeps a checksum beside a file and finds it first; without one it is the hash."""
    reconciled.reconcile()
    reconciled.harm("UPDATE hours SET state = 'reopened' WHERE state = 'reconciled'")
    hour = DAY + timedelta(hours=3)
    file = file_of(reconciled, hour)
    if not with_checksum:
        (file.parent / f".{file.name}.crc").unlink()
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])

    results = {found.hour: found for found in reconciled.reconcile().results}
    assert results[hour].verdict == "archive_incomplete"
    assert file.name in results[hour].detail
    assert said in results[hour].detail
    others = {found.verdict.value for found in results.values() if found.hour != hour}
    assert others == {"identical"}
    assert reconciled.state(hour) == "reopened"

    file.write_bytes(whole)
    assert reconciled.result_of(hour).verdict == "identical"


def of_hour(reconciled: Reconciled, hour: datetime) -> tuple[list[dict[str, Any]], ...]:
    """Its minute rows, its hour rows, and where it stands."""
    end = hour + timedelta(hours=1)
    minutes = "SELECT * FROM clicks_by_minute WHERE minute >= %s AND minute < %s"
    return (
        reconciled.rows(f"{minutes} ORDER BY minute, device_type, device_id", hour, end),
        reconciled.rows("SELECT * FROM clicks_by_hour WHERE hour = %s ORDER BY device_id", hour),
        reconciled.rows("SELECT state, version FROM hours WHERE hour = %s", hour),
    )


def test_a_lost_segment_changes_nothing(reconciled: Reconciled) -> None:
    """Of an hour that is reconciled and looked at again, by name."""
    hour = DAY + timedelta(hours=4)
    ask = Ask("tests", "a test", hour, hour + timedelta(hours=1), approved=True)
    before = of_hour(reconciled, hour)
    assert before[2][0]["state"] == "reconciled"
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
    found = reconciled.result_of(hour, ask)
    assert found.verdict == "archive_incomplete"
    assert f"{lost['start_offset']:,}" in found.detail
    assert reconciled.rows("SELECT id FROM corrections") == []
    assert of_hour(reconciled, hour) == before

    names, marks = ", ".join(lost), ", ".join(["%s"] * len(lost))
    reconciled.harm(f"INSERT INTO archive_segments ({names}) VALUES ({marks})", *lost.values())
    assert reconciled.result_of(hour, ask).verdict == "identical"


def test_of_two_archivers_the_quicker_one_lists_the_segment(reconciled: Reconciled) -> None:
    """The first has written the claim's files and stands still while the second finishes it."""
    reconciled.send([f"contended|tv|{to_epoch_ms(DAY)}|1".encode()])
    cut = reconciled.deployment.applied()
    folders = {file.parent for file in archived_files(reconciled)}
    first, second = reconciled.worker.archive_two(
        reconciled.settings, cut, "before_listing"
    ).result(120)
    assert (first, second.segments, second.records) == (Archived(), 1, 1)
    (listed,) = {file.parent for file in archived_files(reconciled)} - folders
    assert list(listed.parent.glob(f"{listed.name[:20]}-*")) == [listed]
    assert_archive_is_the_topic(reconciled)


def trace(reconciled: Reconciled, minute: datetime, device: str, **page: Any) -> FigureTrace:
    settings = reconciled.settings
    with connected(settings, Role.READER) as connection, TopicLog(settings) as log:
        return trace_figure(connection, settings, log, (minute, "tv", device), **page)


def traced_back(reconciled: Reconciled, found: Traced) -> OffsetTrace:
    settings, record = reconciled.settings, found.record
    with connected(settings, Role.READER) as connection, TopicLog(settings) as log:
        return trace_offset(connection, settings, log, record.partition, record.offset)


def test_a_figure_is_traced_to_its_records_and_back(reconciled: Reconciled) -> None:
    """One archived, one in Kafka only, one rejected, one that is not counted yet."""
    minute, device = DAY + timedelta(hours=5), "device 5.7"
    start = to_epoch_ms(minute)
    archive(reconciled).result(60)
    reconciled.send([f"{device}|tv|{start}|4\r".encode(), f"{device}|tv|{start}|many".encode()])
    driver = reconciled.deployment.drivers[-1]
    driver.freeze()
    reconciled.deployment.send([f"{device}|tv|{start}|9".encode()])
    found = trace(reconciled, minute, device)
    driver.thaw()
    seen = sorted(
        (each.verdict, each.record.value, bool(each.record.file)) for each in found.records
    )
    assert seen == [
        ("bad_click", f"{device}|tv|{start}|many".encode(), False),
        ("counted", f"{device}|tv|{start}|4\r".encode(), False),
        ("counted", f"{device}|tv|{start + 7}|1".encode(), True),
        ("not counted yet", f"{device}|tv|{start}|9".encode(), False),
    ]
    assert (found.figure, found.counted, found.explained) == ((5, 2), (5, 2), True)
    generations = {row["generation"] for row in reconciled.rows("SELECT * FROM stream_generations")}
    applied = [each.counted_by for each in found.records if each.verdict != "not counted yet"]
    assert {each["generation"] for each in applied if each} == generations
    reconciled.deployment.await_applied()

    first = trace(reconciled, minute, device, limit=3)
    assert first.next_place is not None
    rest = trace(reconciled, minute, device, limit=3, after=first.next_place)
    assert (len(first.records), len(rest.records), rest.next_place) == (3, 1, None)
    assert first.figure == rest.figure == (14, 3)
    fates = {each.record.value: traced_back(reconciled, each) for each in found.records}
    assert Counter(str(each.fate) for each in fates.values()) == {"counted": 3, "rejected": 1}
    assert {(each.key, each.figure) for each in fates.values() if each.fate == "counted"} == {
        ((minute, "tv", device), (14, 3))
    }


def test_traced_by_command_line(
    reconciled: Reconciled, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in reconciled.deployment.environment.items():
        monkeypatch.setenv(name, value)
    minute, device = DAY + timedelta(hours=5), "device 5.8"
    reconciled.harm("UPDATE clicks_by_minute SET clicks = 7 WHERE device_id = %s", device)
    assert not trace(reconciled, minute, device).explained
    approved = Ask("tests", "a test", minute, minute + timedelta(hours=1), approved=True)
    assert reconciled.result_of(minute, approved).verdict == "corrected"

    def answer(*words: str) -> Any:
        assert run(["trace", *words, "--json"]) == ExitCode.OK
        return json.loads(capsys.readouterr().out)

    found = answer("--minute", str(minute), "--type", "tv", "--device", device)
    assert (found["figure"], found["explained"]) == ({"clicks": 1, "events": 1}, True)
    assert [row["cause"] for row in found["corrections"]] == ["manual change"]
    record = found["records"][0]
    back = answer("--offset", f"{record['partition']}:{record['offset']}")
    assert back["record"] == record
    assert (back["fate"], back["corrections"]) == ("counted", found["corrections"])
    beyond = reconciled.deployment.ends()[0] + 5
    assert answer("--offset", f"0:{beyond}")["fate"] == "not written yet"
    assert run(["trace", "--offset", "9:1"]) == ExitCode.USAGE
    assert run(["trace", "--type", "tv"]) == ExitCode.USAGE
