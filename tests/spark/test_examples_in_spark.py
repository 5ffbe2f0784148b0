"""Spark gives every example of the contract the oracle's verdict, in every form."""

from collections import defaultdict

import pytest
from pyspark.sql import SparkSession

from clickledger.contract.examples import Example, load_examples
from clickledger.contract.oracle import Event
from clickledger.contract.rules import Rules
from clickledger.transforms.count import counted, counted_rows
from clickledger.transforms.judge import judged
from tests.spark.records import Record, as_frame, oracle_groups, table_groups

pytestmark = pytest.mark.spark


def by_rules() -> dict[Rules, list[Example]]:
    """Examples that can share a job."""
    groups: dict[Rules, list[Example]] = defaultdict(list)
    for example in load_examples():
        groups[example.rules].append(example)
    return groups


@pytest.mark.parametrize("rules", by_rules(), ids=lambda rules: rules.digest()[:8])
def test_all_examples_of_these_rules(spark: SparkSession, rules: Rules) -> None:
    examples = by_rules()[rules]
    records = [Record(example.value, example.kafka_time_ms) for example in examples]
    frame = as_frame(spark, records)
    table = judged(frame, rules).toArrow()
    verdicts = {row["offset"]: row for row in table.to_pylist()}
    for offset, example in enumerate(examples):
        row = verdicts[offset]
        if isinstance(example.expected, Event):
            found = (row["device_id"], row["device_type"], row["time_ms"], row["click"])
            event = example.expected
            expected = (event.device_id, event.device_type, event.time_ms, event.click)
            assert (found, row["reason"], row["value"]) == (expected, None, None), example.name
        else:
            value = example.value
            assert row["reason"] == example.expected.value, example.name
            assert row["value"] == (None if value is None else value[:1026]), example.name
            assert row["value_length"] == (None if value is None else len(value)), example.name
    expected_groups = oracle_groups(records, rules)
    assert table_groups(counted(frame, rules).toArrow()) == expected_groups
    assert table_groups(counted_rows(table)) == expected_groups
