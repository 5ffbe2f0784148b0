"""What is counted, and how it is accounted for."""

import csv
import gzip
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import Producer

from clickledger.clock import HOUR_MS
from clickledger.errors import ExitCode
from clickledger.kafka.topics import admin_client
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.settings import CHECKOUT, Role
from streaming.parts import Parts
from tests.awaiting import await_that
from tests.stack.stream.clicks import clicks
from tests.stack.stream.deployment import Deployment

pytestmark = pytest.mark.stack
REAL_CLICKS = CHECKOUT.parent / "shared" / "data" / "webtrackr"


def hourly(deployment: Deployment) -> dict[tuple[int, str], int]:
    """Clicks per UTC hour and type, as a reader would ask for them."""
    text = """SELECT CAST(FLOOR(TIMESTAMPDIFF(SECOND, '1970-01-01', minute) / 3600) AS SIGNED) AS h,
              device_type, CAST(SUM(clicks) AS SIGNED) AS clicks
              FROM type_clicks_by_minute GROUP BY h, device_type"""
    with connected(deployment.settings, Role.READER) as connection:
        rows = fetch_all(connection, text)
    return {(row["h"] * HOUR_MS, row["device_type"]): row["clicks"] for row in rows}


def expected_hourly(folder: Path, times: int) -> dict[tuple[int, str], int]:
    with (folder / "expected_hourly.csv").open(newline="") as file:
        return {
            (int(row["window_start_ms"]), row["device_type"]): times * int(row["clicks"])
            for row in csv.DictReader(file)
        }


def test_the_real_clicks_in_file_order_and_then_shuffled(common: Deployment, seed: int) -> None:
    """30,418 rows out of order by up to months; the second time exactly double.

    It must be the first to write into the module's topic.
    """
    if not REAL_CLICKS.is_dir():
        pytest.skip(f"the real click file is not at {REAL_CLICKS.relative_to(CHECKOUT.parent)}")
    with gzip.open(REAL_CLICKS / "clicks.psv.gz", "rb") as file:
        lines = file.read().splitlines()
    assert common.applied() == {}
    assert common.send(lines) == 49_612
    common.running()
    common.await_applied()
    assert hourly(common) == expected_hourly(REAL_CLICKS, times=1)
    common.assert_exact()
    random.Random(seed).shuffle(lines)
    common.send(lines)
    common.await_applied()
    assert hourly(common) == expected_hourly(REAL_CLICKS, times=2)
    common.assert_exact()


def test_aborted_transactions_are_holes_and_not_counted(common: Deployment, seed: int) -> None:
    topic, before = common.settings.topic, common.applied().get(0, 0)
    producer = Producer(
        {"bootstrap.servers": common.settings.bootstrap_servers, "transactional.id": topic}
    )
    producer.init_transactions()
    values = list(clicks(300, seed=seed, garbage=0))
    for start, commit in ((0, True), (100, False), (200, True)):
        producer.begin_transaction()
        for value in values[start : start + 100]:
            producer.produce(topic, value, partition=0)
        producer.flush()  # an abort would purge what is not sent yet
        producer.commit_transaction() if commit else producer.abort_transaction()
    common.running()
    common.await_applied()
    common.assert_exact()
    with connected(common.settings, Role.READER) as connection:
        row = fetch_one(
            connection,
            "SELECT SUM(holes) AS holes, SUM(records_read) AS read_ FROM stream_batches"
            " WHERE kafka_partition = 0 AND start_offset >= %s",
            (before,),
        )
    assert row == {"holes": 103, "read_": 200}  # 100 aborted records, three markers


def test_a_new_partition_is_read_from_its_start(common: Deployment, seed: int) -> None:
    common.send(clicks(500, seed=seed))
    common.running()
    common.await_applied()
    with admin_client(common.settings) as admin:
        admin.create_partitions({common.settings.topic: 3})
    common.send(clicks(500, seed=seed + 1), partition=2)
    common.await_applied()
    common.assert_exact()
    assert common.applied()[2] == 500


def test_garbage_between_good_records_halts_and_passes_by_name(
    deployment: Deployment, seed: int
) -> None:
    """A topic of garbage never drains into nothing; an operator's word lets named ranges pass.

    Then every offset is accounted for by reason, good ones counted, samples capped.
    """
    good = clicks(100_000, seed=seed, garbage=0)
    bad = (b"%d|\xff|%d" % (n, n) if n % 2 else b"id %d|type|soon|1" % n for n in range(100_000))
    deployment.send(value for pair in zip(good, bad, strict=True) for value in pair)
    halted, named = deployment.driver(), deployment.ends()
    assert halted.await_end() == ExitCode.TOO_MANY_REJECTS
    ranges = " ".join(f"--range {partition}:0:{end}" for partition, end in sorted(named.items()))
    for words in ("100,000 of the last 200,000", "50,000 not_utf8", "50,000 bad_time", ranges):
        assert words in halted.text()
    assert deployment.applied() == dict.fromkeys(named, 0)
    for partition, end in named.items():
        deployment.allow_rejects(partition, 0, end)
    deployment.send(clicks(1_000, seed=seed + 1, garbage=0), partition=0)
    driver = deployment.driver(max_offsets_per_trigger="60000")
    deployment.await_applied()
    driver.drain()
    batches = deployment.dump()["stream_batches"]
    starts = {row["start_offset"] for row in batches if row["kafka_partition"] == 0}
    assert named[0] in starts  # his word does not reach beyond its end
    books = deployment.assert_exact()
    reasons = {reason: 0 for _, reason in books.rejected}
    for (_, reason), count in books.rejected.items():
        reasons[reason] += count
    assert reasons == {"not_utf8": 50_000, "bad_time": 50_000}
    assert sum(events for _, events in books.minutes.values()) == 101_000
    text = "SELECT hour, reason, COUNT(*) AS kept FROM rejected_events GROUP BY hour, reason"
    with connected(deployment.settings, Role.READER) as connection:
        kept = {(row["hour"], row["reason"]): row["kept"] for row in fetch_all(connection, text)}
    cap = deployment.settings.reject_sample_cap
    assert kept == {found: min(count, cap) for found, count in books.rejected.items()}


def test_a_batch_of_many_groups_is_committed_in_parts(deployment: Deployment) -> None:
    """A backlog in which each record of a partition is a device of its own."""
    time_ms = 1_767_225_600_000
    deployment.send((b"own %d|tv|%d|1" % (n, time_ms) for n in range(5_000)), partition=0)
    deployment.send([b"one|tv|%d|1" % time_ms] * 4_000, partition=1)
    deployment.driver(groups_at_once="1000", small_batch_records="0")
    deployment.await_applied()
    deployment.assert_exact()
    parts, rest = Parts(1_000), [OffsetRange(0, 0, 5_000), OffsetRange(1, 0, 4_000)]
    expected = []
    while rest:
        part, rest = parts.cut(rest)
        expected += part
        parts.counted(part, sum(1 if span.partition else len(span) for span in part))
    applied = {
        OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
        for row in deployment.dump()["stream_batches"]
    }
    assert applied == set(expected)
    assert len(expected) > 5


def test_a_restored_dump_is_caught_up_with(common: Deployment, seed: int) -> None:
    """MySQL goes back to an earlier dump: figures and ledger go back together.

    Under the driver that was there when the dump was made, and under a later one.
    """
    common.send(clicks(2_000, seed=seed))
    common.running()
    common.await_applied()
    dump = common.dump()
    for seed_now, code in ((seed + 1, ExitCode.LEDGER_MOVED), (seed + 2, ExitCode.STALE_WRITER)):
        common.send(clicks(2_000, seed=seed_now))
        running = common.running()
        common.await_applied()
        running.expect_end()
        common.restore(dump)
        assert running.await_end() == code
    common.running()
    common.await_applied()
    common.assert_exact()


def test_a_ledger_that_moves_while_a_batch_is_counted(common: Deployment) -> None:
    """By hand, into the batch: nothing of it is written, and the driver says so and ends."""
    some = [b"moved|tv|1767225600000|1"] * 10
    common.send(some, partition=0)
    common.running()
    common.await_applied()
    common.rest()
    common.send(some, partition=0)
    driver = common.driver("before_transaction")
    driver.await_failpoint()
    before = common.dump()["clicks_by_minute"]
    move = "UPDATE stream_offsets SET next_offset = next_offset + %s WHERE kafka_partition = 0"
    with connected(common.settings, Role.OWNER) as connection, connection.cursor() as cursor:
        cursor.execute(move, [3])
        driver.pass_failpoint()
        assert driver.await_end() == ExitCode.LEDGER_GAP, driver.text()
        assert "not at the range's start" in driver.text()
        assert common.dump()["clicks_by_minute"] == before
        cursor.execute(move, [-3])
    common.running()
    common.await_applied()
    common.assert_exact()


def test_the_heartbeat_tells_state_lag_and_last_commit(common: Deployment, seed: int) -> None:
    common.send(clicks(1_000, seed=seed))
    common.running()
    common.await_applied()

    def settled() -> dict[str, object] | None:
        with connected(common.settings, Role.READER) as connection:
            row = fetch_one(connection, "SELECT * FROM stream_state")
        return row if row and row["state"] == "running" and row["lag_events"] == 0 else None

    row = await_that(settled, "running without lag")
    last_commit, now = row["last_commit_at"], datetime.now(UTC).replace(tzinfo=None)
    assert isinstance(last_commit, datetime)
    assert 0 <= (now - last_commit).total_seconds() < 60
    common.rest()
    with connected(common.settings, Role.READER) as connection:
        ended = fetch_one(connection, "SELECT state, halt_exit_code FROM stream_state")
    assert ended == {"state": "drained", "halt_exit_code": None}
