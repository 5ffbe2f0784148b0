"""What a shadow recount adds up, and how much of it comes to the driver."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from clickledger.contract.rules import CONTRACTS, Rules
from clickledger.ledger.positions import OffsetRange
from clickledger.settings import load_settings
from streaming import counting, shadow
from streaming.shadow import Applied, recount
from tests.spark.records import Record, as_frame

pytestmark = pytest.mark.spark
RULES = CONTRACTS[1]
KAFKA_TIME_MS = 1_763_800_000_000
VALUES = (b"a|b|1763800000000|1", b"other|b|1763800000000|5", b"garbage")
RECORDS = [Record(VALUES[n % 3], KAFKA_TIME_MS, n % 2) for n in range(3_000)]


@pytest.mark.parametrize("most", [400, 100_000])
def test_of_long_ranges_only_the_newest_part_comes_to_the_driver(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    frame = as_frame(spark, RECORDS)
    judged_rows = counting.judged_rows
    sizes = []

    def read(spark: SparkSession, settings: object, spans: Sequence[OffsetRange]) -> DataFrame:
        return counting.within(frame, spans)

    def counted_in_driver(frame: DataFrame, rules: Rules) -> pa.Table:
        rows = judged_rows(frame, rules)
        sizes.append(rows.num_rows)
        return rows

    monkeypatch.setattr(shadow, "read_ranges", read)
    monkeypatch.setattr(counting, "judged_rows", counted_in_driver)
    spans = [OffsetRange(0, 300, 1_500), OffsetRange(1, 1_200, 1_500)]
    applied = [Applied(span, 1, "code", {}) for span in spans]
    found = recount(spark, load_settings(shadow_records=most), RULES, applied)

    assert found == {
        span.partition: {
            name: counting.partition_totals(
                counting.counted_groups(counting.within(frame, [span]), RULES)
            )[span.partition][name]
            for name in shadow.COMPARED
        }
        for span in spans
    }
    assert [found[p]["records"] for p in (0, 1)] == [1_200, 300]
    assert sizes == [min(most, 1_500)]
