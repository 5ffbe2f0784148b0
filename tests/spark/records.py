"""Kafka records as a DataFrame, and the books that the oracle keeps of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from clickledger.clock import HOUR_MS
from clickledger.contract.oracle import judge
from clickledger.contract.rules import Reason, Rules


@dataclass(frozen=True, slots=True)
class Record:
    """What the transforms look at of a Kafka record."""

    value: bytes | None
    kafka_time_ms: int
    partition: int = 0


def as_frame(spark: SparkSession, records: Sequence[Record]) -> DataFrame:
    """The records, offsets from 0 in every partition, as Spark's Kafka source gives them."""
    offsets: Counter[int] = Counter()
    rows: dict[str, list[Any]] = {"partition": [], "offset": [], "timestamp": [], "value": []}
    for record in records:
        rows["partition"].append(record.partition)
        rows["offset"].append(offsets[record.partition])
        rows["timestamp"].append(record.kafka_time_ms * 1000)
        rows["value"].append(record.value)
        offsets[record.partition] += 1
    table = pa.table(
        {
            "partition": pa.array(rows["partition"], pa.int32()),
            "offset": pa.array(rows["offset"], pa.int64()),
            "timestamp": pa.array(rows["timestamp"], pa.timestamp("us", tz="UTC")),
            "value": pa.array(rows["value"], pa.binary()),
        }
    )
    return spark.createDataFrame(table)


Group = tuple[int, int | None, str | None, int | None, str | None, str | None]


def oracle_groups(records: Sequence[Record], rules: Rules) -> dict[Group, dict[str, int | None]]:
    """What ``transforms.count`` must come to, from the oracle's verdicts, a record at a time."""
    offsets: Counter[int] = Counter()
    members: dict[Group, list[tuple[int, int, int | None, int]]] = defaultdict(list)
    for record in records:
        offset, offsets[record.partition] = offsets[record.partition], offsets[record.partition] + 1
        verdict = judge(record.value, record.kafka_time_ms, rules)
        if isinstance(verdict, Reason):
            hour = record.kafka_time_ms // HOUR_MS * HOUR_MS
            key: Group = (record.partition, hour, verdict.value, None, None, None)
            members[key].append((offset, record.kafka_time_ms, None, 0))
        else:
            kind, device = verdict.device_type, verdict.device_id
            key = (record.partition, None, None, verdict.minute_ms, kind, device)
            members[key].append((offset, record.kafka_time_ms, verdict.time_ms, verdict.click))
    return {key: _totals(rows) for key, rows in members.items()}


def _totals(rows: list[tuple[int, int, int | None, int]]) -> dict[str, int | None]:
    offsets, kafka_times, times, clicks = zip(*rows, strict=True)
    known = [time for time in times if time is not None]
    return {
        "records": len(rows),
        "clicks": sum(clicks),
        "offset_min": min(offsets),
        "offset_max": max(offsets),
        "kafka_time_min_ms": min(kafka_times),
        "kafka_time_max_ms": max(kafka_times),
        "time_min_ms": min(known, default=None),
        "time_max_ms": max(known, default=None),
    }


def table_groups(table: pa.Table) -> dict[Group, dict[str, int | None]]:
    """The same shape from a table of groups; a key that stands twice fails."""
    keys = ("partition", "arrival_hour_ms", "reason", "minute_ms", "device_type", "device_id")
    found = {tuple(row.pop(name) for name in keys): row for row in table.to_pylist()}
    assert len(found) == table.num_rows
    return found
