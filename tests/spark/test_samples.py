"""Which rejected records of a large batch come to the driver, and what that costs."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from clickledger.clock import HOUR_MS
from clickledger.contract.oracle import judge
from clickledger.contract.rules import CONTRACTS, Reason
from streaming.counting import judged_rows, rejected_rows_of
from streaming.samples import Bin, pick
from tests.spark.records import Record, as_frame

pytestmark = pytest.mark.spark
START_MS = 1_763_798_400_000
BAD = (b"one field", b"a|b|soon|1", b"a|b|1763800000000|many", None)


def rejected(hours: int, a_bin: int) -> list[Record]:
    """``a_bin`` records of each kind of garbage in each hour, between accepted ones."""
    good = b"a|b|1763800000000|1"
    return [
        Record(value, START_MS + hour * HOUR_MS + number, partition=number % 2)
        for hour in range(hours)
        for number in range(a_bin)
        for value in (*BAD, good)
    ]


def bins_of(records: list[Record]) -> list[Bin]:
    found: dict[Bin, None] = {}  # in the order in which they are met
    for record in records:
        verdict = judge(record.value, record.kafka_time_ms, CONTRACTS[1])
        if isinstance(verdict, Reason):
            found[record.kafka_time_ms // HOUR_MS * HOUR_MS, verdict.value] = None
    return list(found)


def jobs_of(spark: SparkSession, records: list[Record], room: dict[Bin, int], group: str) -> int:
    frame = as_frame(spark, records)
    context = spark.sparkContext
    context.setJobGroup(group, group)
    rejected_rows_of(frame, CONTRACTS[1], room)
    context.setJobGroup("other", "other")
    return len(context.statusTracker().getJobIdsForGroup(group))


def test_they_are_the_first_of_each_bin_with_room(spark: SparkSession) -> None:
    """As the rows of a small batch give them, some bins full before and others never."""
    records = rejected(hours=3, a_bin=20)
    room = {found: 1 + 9 * place for place, found in enumerate(bins_of(records)[1:])}
    frame = as_frame(spark, records)
    rows = rejected_rows_of(frame, CONTRACTS[1], room)
    assert pick(rows, room) == pick(judged_rows(frame, CONTRACTS[1]), room)
    assert rows.num_rows == len(room) * 20

    one = dict.fromkeys(room, 2)
    rows = rejected_rows_of(frame, CONTRACTS[1], one)
    assert pick(rows, one) == pick(judged_rows(frame, CONTRACTS[1]), one)
    assert rows.num_rows == len(room) * 2


def test_many_bins_take_as_many_jobs_as_one(spark: SparkSession) -> None:
    """A backlog of sixteen hours had a hundred bins, and read the whole batch for each."""
    records = rejected(hours=16, a_bin=2)
    bins = bins_of(records)
    assert len(bins) == 16 * len(BAD)
    few = jobs_of(spark, records, {bins[0]: 5}, "few")
    assert jobs_of(spark, records, dict.fromkeys(bins, 5), "many") == few <= 2
