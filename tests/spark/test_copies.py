"""Surplus copies: Spark's, DuckDB's and plain Python's are the same, across parts and rules."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from batch.backfill.records import SCHEMA
from batch.recount.copies import surplus_by_duckdb, surplus_copies, without
from batch.recount.judging import Part
from batch.recount.minutes import SCHEMA as MINUTES
from batch.recount.minutes import empty_minutes
from clickledger.clock import HOUR_MS
from clickledger.contract.oracle import Event, judge
from clickledger.ledger.positions import OffsetRange
from tests.unit.contract.values import NOW_MS, RULES

pytestmark = pytest.mark.spark

STRICT = RULES[0]
LENIENT = replace(STRICT, max_age_ms=None)
SEED = 20261123
HOUR = NOW_MS - NOW_MS % HOUR_MS
BROKEN = [b"", b"garbage", b"d1|tv", b"d1|tv|soon", b"d1|tv|1|1|1", b"\xff"]
Key = tuple[int, str, str]


def values(chance: random.Random, count: int) -> list[bytes]:
    """Few different ones, some too old for the strict rules, some garbage, some of another hour."""
    found = []
    for _ in range(count):
        time_ms = HOUR + chance.choice((0, 1, 61_000, HOUR_MS, -400 * 24 * HOUR_MS))
        click = chance.choice(("3", "03", "x", "7"))
        end = chance.choice(("", "\n"))
        found.append(f"d{chance.randrange(3)}|tv|{time_ms}|{click}{end}".encode())
    # Too few fields for any look at one of them, among the others: twice each, as copies are.
    return chance.sample(found + 2 * BROKEN, count + 2 * len(BROKEN))


def expected(parts: list[tuple[Part, list[bytes]]], hours_ms: list[int]) -> dict[Key, list[int]]:
    seen: Counter[bytes] = Counter()
    events: dict[bytes, Event] = {}
    for part, part_values in parts:
        start, end = part.spans[0].start, part.spans[0].end
        for value in part_values[start:end]:
            verdict = judge(value, NOW_MS, part.rules)
            if isinstance(verdict, Event) and verdict.time_ms // HOUR_MS * HOUR_MS in hours_ms:
                seen[value] += 1
                events[value] = verdict
    surplus: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for value, copies in seen.items():
        event = events[value]
        if copies > 1:
            sums = surplus[event.minute_ms, event.device_type, event.device_id]
            sums[0] += (copies - 1) * event.click
            sums[1] += copies - 1
    return surplus


def as_dict(table: pa.Table) -> dict[Key, list[int]]:
    return {
        (row["minute_ms"], row["device_type"], row["device_id"]): [row["clicks"], row["events"]]
        for row in table.to_pylist()
    }


def test_all_three_agree(spark: SparkSession, tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201
    chance, parts = random.Random(SEED), []
    for number, rules in enumerate((STRICT, LENIENT)):
        found = values(chance, 150)
        row = {"topic": "t", "partition": 0, "timestamp_type": 1, "key": None}
        row["timestamp"] = datetime.fromtimestamp(NOW_MS / 1000, UTC)
        rows = [row | {"offset": offset, "value": value} for offset, value in enumerate(found)]
        path = str(tmp_path / f"{number}.parquet")
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path)
        parts.append((Part(rules, (path,), (OffsetRange(0, 10 * number, 140),)), found))
    hours = [HOUR, HOUR - 400 * 24 * HOUR_MS]
    only = [part for part, _ in parts]
    wanted = expected(parts, hours)
    assert len(wanted) > 3
    assert as_dict(surplus_copies(spark, only, hours)) == wanted
    assert as_dict(surplus_by_duckdb(only, hours)) == wanted
    assert surplus_copies(spark, [], hours) == surplus_by_duckdb([], hours) == empty_minutes()


def test_one_of_each_stays() -> None:
    row = {"minute_ms": 0, "device_type": "tv", "device_id": "d"}
    other = {**row, "device_id": "e", "clicks": 1, "events": 1}
    minutes = pa.Table.from_pylist([{**row, "clicks": 9, "events": 3}, other], MINUTES)
    surplus = pa.Table.from_pylist([{**row, "clicks": 6, "events": 2}], MINUTES)
    assert without(minutes, surplus).to_pylist() == [{**row, "clicks": 3, "events": 1}, other]
    assert without(minutes, empty_minutes()) is minutes
