"""Batches of many shapes through the real commit, against a loop in Python that counts the same."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import HOUR_MS, MINUTE_MS, from_epoch_ms
from clickledger.contract.rules import CONTRACTS, Reason
from clickledger.errors import LedgerMovedError
from clickledger.ledger.audit import run_audit
from clickledger.ledger.fence import take_fence
from clickledger.ledger.positions import OffsetRange, RecordIdentity
from clickledger.ledger.rules_versions import register_rules
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from clickledger.transforms.count import counted_rows
from streaming import counting, samples
from streaming.batch import CountedBatch
from streaming.new_keys import OWN_STATEMENT_ROWS, ROWS_A_STATEMENT
from streaming.sink import Sink
from streaming.writer import Writer
from tests.stack.stream.truth import types_of

pytestmark = pytest.mark.stack
START_MS = 1_767_225_600_000
SAMPLE_CAP = 5
FORGET = """UPDATE stream_offsets SET next_offset = 9, last_offset = NULL, last_leader_epoch = NULL,
    last_timestamp_ms = NULL, last_digest = NULL"""
TYPES = ("tv", "Phone", "phone", "it's \\ a %s", "タブレット")
ODD_DEVICES = ("a", "A", "it's", 'quo"te', "back\\slash", "%s", "é", "e\u0301", "😀", "x" * 64)
REASONS = [str(reason) for reason in (Reason.BAD_TIME, Reason.NOT_UTF8, Reason.WRONG_FIELD_COUNT)]
JUDGED = pa.schema(
    [
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("kafka_time_ms", pa.int64()),
        ("reason", pa.string()),
        ("device_type", pa.string()),
        ("device_id", pa.string()),
        ("time_ms", pa.int64()),
        ("click", pa.int64()),
        ("value", pa.binary()),
        ("value_length", pa.int32()),
    ]
)


class Key(NamedTuple):
    """Of a minute row."""

    minute_ms: int
    device_type: str
    device_id: str


def small_groups(rng: random.Random, minutes: int) -> Iterator[Key]:
    """A few devices a minute and type, more of them than one statement carries."""
    for minute, kind in itertools.product(range(minutes), TYPES):
        for device in rng.sample(ODD_DEVICES, rng.randint(1, 4)):
            yield Key(START_MS + minute * MINUTE_MS, kind, device)


def large_group(minute: int, first: int, devices: int) -> Iterator[Key]:
    """Many devices in one minute."""
    for device in range(first, first + devices):
        yield Key(START_MS + minute * MINUTE_MS, "tv", f"device-{device}")


def shapes(rng: random.Random) -> Iterator[list[Key]]:
    """Of one batch after another: what was there before, what was not, and both."""
    full = ROWS_A_STATEMENT
    minutes = full // len(TYPES)  # of two and a half rows each: more than two statements
    few = list(small_groups(rng, minutes))
    yield few
    yield few
    yield list(small_groups(rng, minutes))
    yield [*large_group(3, 0, full + 500), *small_groups(rng, 10), *large_group(90, 0, 300)]
    yield [*large_group(3, full, full), *large_group(90, 150, OWN_STATEMENT_ROWS)]
    yield [*large_group(3, 9, full), *small_groups(rng, 500), *large_group(90, 0, 1)]
    yield []  # rejects alone
    yield [Key(START_MS, "tv", "a")]


@dataclass
class Oracle:
    """What the tables must hold, record by record."""

    clicks: Counter[Key] = field(default_factory=Counter)
    events: Counter[Key] = field(default_factory=Counter)
    rejected: dict[samples.Bin, list[int]] = field(default_factory=lambda: defaultdict(list))
    hours: Counter[int] = field(default_factory=Counter)  # by how many batches each was touched

    def take(self, records: Sequence[dict[str, Any]]) -> None:
        """One batch."""
        touched = set()
        for row in records:
            if row["reason"] is not None:
                found = row["kafka_time_ms"] // HOUR_MS * HOUR_MS, row["reason"]
                self.rejected[found].append(row["offset"])
                continue
            minute_ms = row["time_ms"] // MINUTE_MS * MINUTE_MS
            key = Key(minute_ms, row["device_type"], row["device_id"])
            self.clicks[key] += row["click"]
            self.events[key] += 1
            touched.add(minute_ms // HOUR_MS * HOUR_MS)
        self.hours.update(touched)

    @property
    def minutes(self) -> dict[tuple[datetime, str, str], tuple[int, int]]:
        """(clicks, events) of each minute row."""
        return {
            (from_epoch_ms(key.minute_ms), key.device_type, key.device_id): (
                self.clicks[key],
                events,
            )
            for key, events in self.events.items()
        }


def garbage(offset: int) -> bytes:
    return b"\xff|%d" % offset


def records_of(rng: random.Random, keys: Sequence[Key], start: int) -> list[dict[str, Any]]:
    """Each key once or twice, in any order, with rejected ones between."""
    events: list[Key | None] = [key for key in keys for _ in range(rng.choice((1, 1, 2)))]
    events += [None] * rng.randint(1, 40)
    rng.shuffle(events)
    found = []
    for offset, key in enumerate(events, start):
        row: dict[str, Any] = {"partition": 0, "offset": offset, "reason": None}
        row["kafka_time_ms"] = START_MS + rng.randrange(3 * HOUR_MS)
        if key is None:
            row |= {"reason": rng.choice(REASONS), "value": garbage(offset), "value_length": 9}
        else:
            row |= {"device_type": key.device_type, "device_id": key.device_id}
            row |= {"time_ms": key.minute_ms + rng.randrange(MINUTE_MS), "click": rng.randrange(4)}
        found.append(row)
    return found


def counted_batch(rows: pa.Table, batch_id: int, span: OffsetRange) -> CountedBatch:
    groups = counted_rows(rows)
    totals = counting.partition_totals(groups)
    last = {0: RecordIdentity(span.end - 1, None, START_MS, b"\0" * 32)}
    return counting.assemble(batch_id, [span], groups, totals, last)


@pytest.fixture
def sink(deployed: Settings) -> Iterator[Sink]:
    """Of the stream's owner."""
    with connected(deployed, Role.STREAM) as connection:
        epoch = take_fence(connection, "o" * 36)
        version = register_rules(connection, CONTRACTS[max(CONTRACTS)])
    topic = deployed.topic
    found = Sink(
        deployed, Writer(topic, "id", epoch, "o" * 36, "g" * 36, version, "release", "f" * 64)
    )
    yield found
    found.close()


def batch_of(rng: random.Random, keys: Sequence[Key], start: int) -> CountedBatch:
    """Some records of these keys, and some that are rejected."""
    rows = pa.Table.from_pylist(records_of(rng, keys, start), JUDGED)
    return counted_batch(rows, 0, OffsetRange(0, start, start + rows.num_rows))


def next_offset(sink: Sink) -> int:
    """Where the next batch begins."""
    found = sink.positions().get(0)
    return found.next_offset if found else 0


def stored_samples(sink: Sink, found: samples.Bin) -> int:
    row = sink.query(
        lambda c: fetch_one(c, statement("sink/count_samples"), (from_epoch_ms(found[0]), found[1]))
    )
    assert row is not None
    return int(row["samples"])


def assert_tables_equal(connection: Connection[Cursor], oracle: Oracle) -> None:
    minutes = {
        (row["minute"], row["device_type"], row["device_id"]): (row["clicks"], row["events"])
        for row in fetch_all(connection, "SELECT * FROM clicks_by_minute")
    }
    types = {
        (row["minute"], row["device_type"]): (row["clicks"], row["events"], row["devices"])
        for row in fetch_all(connection, "SELECT * FROM type_clicks_by_minute")
    }
    assert minutes == oracle.minutes
    assert types == types_of(oracle.minutes)
    assert {
        (row["hour"], row["reason"]): row["rejected"]
        for row in fetch_all(connection, "SELECT * FROM rejected_counts")
    } == {(from_epoch_ms(hour), why): len(all_) for (hour, why), all_ in oracle.rejected.items()}
    kept = {n for offsets in oracle.rejected.values() for n in offsets[:SAMPLE_CAP]}
    assert {
        row["kafka_offset"]: row["raw"]
        for row in fetch_all(connection, "SELECT kafka_offset, raw FROM rejected_events")
    } == {n: garbage(n) for n in kept}
    assert {
        row["hour"]: row["version"] for row in fetch_all(connection, "SELECT * FROM hours")
    } == {from_epoch_ms(hour): batches for hour, batches in oracle.hours.items()}


def test_batches_of_many_shapes_are_counted_as_a_loop_counts_them(
    admin: Connection[Cursor], deployed: Settings, sink: Sink, seed: int
) -> None:
    rng, oracle, start = random.Random(seed), Oracle(), 0
    for batch_id, keys in enumerate(shapes(rng)):
        records = records_of(rng, keys, start)
        rows = pa.Table.from_pylist(records, JUDGED)
        counted = counted_batch(rows, batch_id, OffsetRange(0, start, start + len(records)))
        # A new book each time, as after a restart: what is stored is asked for.
        book = samples.SampleBook(SAMPLE_CAP, lambda found: stored_samples(sink, found))
        kept = samples.pick(rows, book.room(counted.rejected))
        assert sink.apply(counted, kept)
        assert not sink.apply(counted, kept)  # applied once, however often it is sent
        oracle.take(records)
        assert_tables_equal(admin, oracle)
        start += len(records)
    with connected(deployed, Role.READER) as connection:
        report = run_audit(connection)
    assert report.ok, report.as_dict()


def test_a_late_event_reopens_a_reconciled_hour_and_no_other(
    admin: Connection[Cursor], deployed: Settings, sink: Sink
) -> None:
    states = ["open", "provisional", "reconciled", "reopened"]
    keys = [Key(START_MS + n * HOUR_MS + 10**10, "tv", "late") for n in range(len(states))]
    hours = [from_epoch_ms(key.minute_ms // HOUR_MS * HOUR_MS) for key in keys]
    with admin.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO hours (hour, state, version, updated_at) VALUES (%s, %s, 7, '2026-01-01')",
            list(zip(hours, states, strict=True)),
        )
    start = next_offset(sink)
    rows = pa.Table.from_pylist(
        [
            {"partition": 0, "offset": start + n, "kafka_time_ms": key.minute_ms, "click": 1}
            | {"device_type": key.device_type, "device_id": key.device_id, "time_ms": key.minute_ms}
            for n, key in enumerate(keys)
        ],
        JUDGED,
    )
    sink.apply(counted_batch(rows, 99, OffsetRange(0, start, start + len(keys))), [])
    found = fetch_all(
        admin, "SELECT state, version FROM hours WHERE hour >= %s ORDER BY hour", (hours[0],)
    )
    reopened = ["open", "provisional", "reopened", "reopened"]
    assert found == [{"state": state, "version": 8} for state in reopened]


@pytest.mark.parametrize("text", [FORGET, "DELETE FROM stream_offsets"])
def test_a_ledger_that_was_restored_under_a_counted_batch_takes_nothing_of_it(
    admin: Connection[Cursor], sink: Sink, text: str, seed: int
) -> None:
    """Between the look at it and the commit: its row is an earlier one, or not there yet."""
    rng, keys = random.Random(seed), [Key(START_MS, "tv", "restored")]
    sink.apply(batch_of(rng, keys * 10, next_offset(sink)), [])
    start = next_offset(sink)
    counted = batch_of(rng, keys, start)
    with admin.cursor() as cursor:
        cursor.execute("CREATE TABLE kept SELECT * FROM stream_offsets")
        cursor.execute(text)
        with pytest.raises(LedgerMovedError):
            sink.apply(counted, [])
        cursor.execute("REPLACE INTO stream_offsets SELECT * FROM kept")
        cursor.execute("DROP TABLE kept")
    applied = "SELECT start_offset FROM stream_batches WHERE start_offset >= %s"
    assert fetch_all(admin, applied, (start,)) == []
