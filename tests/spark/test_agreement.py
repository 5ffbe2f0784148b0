"""oracle = judged = counted = counted_rows, whatever the bytes are."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import Reason, Rules
from clickledger.transforms.count import COLUMNS, counted, counted_rows
from clickledger.transforms.expressions import first_broken
from clickledger.transforms.judge import judged
from tests.spark.records import Record, as_frame, oracle_groups, table_groups
from tests.unit.contract.values import (
    DAY_MS,
    HOUR_MS,
    NOW_MS,
    ODD_BYTES,
    RULES,
    kafka_times,
    values,
)

pytestmark = pytest.mark.spark

RECORDS = st.builds(Record, values, kafka_times, st.integers(0, 1))
SPOILED_RECORDS = 20_000


def assert_agreement(spark: SparkSession, records: Sequence[Record], rules: Rules) -> None:
    frame = as_frame(spark, records)
    table = judged(frame, rules).toArrow()
    found = {(row["partition"], row["offset"]): row for row in table.to_pylist()}
    assert len(found) == table.num_rows == len(records)
    offsets: Counter[int] = Counter()
    for record in records:
        row = found[record.partition, offsets[record.partition]]
        offsets[record.partition] += 1
        verdict = judge(record.value, record.kafka_time_ms, rules)
        event = (row["device_id"], row["device_type"], row["time_ms"], row["click"])
        if isinstance(verdict, Event):
            ours = (verdict.device_id, verdict.device_type, verdict.time_ms, verdict.click)
            assert (row["reason"], event) == (None, ours), record
        else:
            assert (row["reason"], event) == (verdict.value, (None,) * 4), record
    expected = oracle_groups(records, rules)
    assert table_groups(counted(frame, rules).toArrow()) == expected
    assert table_groups(counted_rows(table)) == expected


# Each example is many records: a Spark job takes a tenth of a second, whatever its size.
@settings(
    max_examples=10,
    deadline=None,
    print_blob=True,
    # No shrinking: it takes minutes, and a failed assertion names its record anyway.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
@given(st.lists(RECORDS, min_size=100, max_size=200), st.sampled_from(RULES))
def test_every_form_agrees_on_arbitrary_values(
    spark: SparkSession, records: list[Record], rules: Rules
) -> None:
    assert_agreement(spark, records, rules)


@pytest.mark.parametrize("rules", RULES, ids=["wide", "narrow", "narrowest"])
def test_every_form_agrees_on_many_spoiled_lines(
    spark: SparkSession, rules: Rules, seed: int
) -> None:
    chance = random.Random(seed)
    records = [spoiled_record(chance) for _ in range(SPOILED_RECORDS)]
    verdicts = Counter(
        "accepted" if isinstance(verdict, Event) else verdict.value
        for verdict in (judge(r.value, r.kafka_time_ms, rules) for r in records)
    )
    print(verdicts)  # noqa: T201
    assert verdicts["accepted"] > 0
    assert len(verdicts) > 6
    assert_agreement(spark, records, rules)


def spoiled_record(chance: random.Random) -> Record:
    """A good line with up to two odd things in it."""
    name = chance.choice(["d1", "d23", "a-longer-one", "\u00fc"])
    time_ms = (NOW_MS + chance.randrange(-DAY_MS, 2 * HOUR_MS)) // chance.choice([1, 1, 1, 10])
    click = chance.choice([0, 1, 7, 10, 50, 51, 99, 100, 999, 1_000, 1_000_000, 1_000_001])
    line = f"{name}|{chance.choice(['tv', 'web'])}|{time_ms}|{click}".encode()
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        place = chance.randrange(len(line) + 1)
        odd = chance.choice([b"", chance.choice(ODD_BYTES), chance.randbytes(1)])
        line = line[:place] + odd + line[place + chance.randrange(2) :]
    return Record(line, NOW_MS + chance.randrange(-HOUR_MS, HOUR_MS), chance.randrange(2))


def test_a_rule_that_is_neither_true_nor_false_is_broken(spark: SparkSession) -> None:
    unknown = [(Reason.BAD_DEVICE_ID, "true"), (Reason.BAD_TIME, "CAST(NULL AS BOOLEAN)")]
    [row] = spark.range(1).selectExpr(f"{first_broken(unknown)} AS reason").toArrow().to_pylist()
    assert row["reason"] == Reason.BAD_TIME


def test_no_records_are_no_groups(spark: SparkSession) -> None:
    none = as_frame(spark, [Record(b"", 0)]).where("offset < 0")
    for table in (
        counted(none, RULES[0]).toArrow(),
        counted_rows(judged(none, RULES[0]).toArrow()),
    ):
        assert (table.num_rows, table.column_names) == (0, COLUMNS)


def test_both_counts_have_the_same_types(spark: SparkSession) -> None:
    frame = as_frame(spark, [Record(b"a|b|1763800000000|1", NOW_MS), Record(None, NOW_MS)])
    by_spark = counted(frame, RULES[0]).toArrow().schema
    in_driver = counted_rows(judged(frame, RULES[0]).toArrow()).schema
    assert by_spark.names == in_driver.names == COLUMNS
    assert by_spark.types == in_driver.types


def test_garbage_with_all_different_ids_comes_to_a_handful_of_groups(spark: SparkSession) -> None:
    kinds = {
        b"%d": Reason.WRONG_FIELD_COUNT,
        b"%d|\xff|1763800000000|1": Reason.NOT_UTF8,
        b"%d|web|web|1763800000000|1": Reason.WRONG_FIELD_COUNT,
        b" %d|web|1763800000000|1": Reason.BAD_DEVICE_ID,
        b"%d|web\0|1763800000000|1": Reason.BAD_DEVICE_TYPE,
        b"%d|web|soon|1": Reason.BAD_TIME,
        b"%d|web|1763900000000|1": Reason.TIME_IN_FUTURE,
        b"%d|web|1663800000000|1": Reason.TIME_TOO_OLD,
        b"%d|web|1763800000000|-1": Reason.BAD_CLICK,
    }
    records = [Record(kind % n, NOW_MS) for n in range(1_000) for kind in kinds]
    table = counted(as_frame(spark, records), RULES[0]).toArrow()
    assert table_groups(table) == oracle_groups(records, RULES[0])
    assert sorted(table["reason"].to_pylist()) == sorted(set(kinds.values()))
