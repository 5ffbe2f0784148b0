"""Under Hypothesis: oracle = judged = counted = counted_rows, whatever the bytes are."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import Rules
from clickledger.transforms.count import counted, counted_rows
from clickledger.transforms.judge import judged
from tests.spark.records import Record, as_frame, oracle_groups, table_groups

pytestmark = pytest.mark.spark

RULES = Rules(max_future_ms=3_600_000, max_age_ms=86_400_000)
NOW_MS = 1_763_800_001_000
ODD = st.sampled_from(
    ["", " ", "|", "||", "\0", "\t", "\n", "\r", "\x85", "\ufeff", "\u3000", "\u200b", "+", "-",
     ".", "e3", "\uff11", "\u0661", "'", "\\", "\U0001F600", "x" * 65, "0" * 16]
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(["device-1", "a", "mobile", "\u00e9", "x" * 64, "\U0001f600" * 32]),
    st.text(max_size=6),
)
NUMBERS = st.one_of(
    st.integers(-10, 2_000_000).map(str),
    st.integers(0, 10**17).map(str),
    st.sampled_from(
        ["007", "1e3", "+1", "-0", "1.0", "1_0", "0x1", " 1", "1 ", "\uff11", "NaN", ""]
    ),
)
TIMES = st.one_of(
    st.integers(NOW_MS - 2 * 86_400_000, NOW_MS + 2 * 3_600_000).map(str),
    st.sampled_from([NOW_MS + 3_600_000, NOW_MS + 3_600_001, NOW_MS - 86_400_000]).map(str),
    st.just(str(NOW_MS - 86_400_001)),
    NUMBERS,
)
LINES = st.builds(
    lambda *parts: "|".join(parts[:4]) + parts[4],
    NAMES, NAMES, TIMES, NUMBERS, st.sampled_from(["", "\n", "\r\n", "\r", "\n\n", "|"]),
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A line with something odd put into it, or bytes of it changed."""
    line: bytes = draw(LINES).encode()
    place = draw(st.integers(0, len(line)))
    if draw(st.booleans()):
        return line[:place] + draw(ODD).encode() + line[place:]
    return line[:place] + draw(st.binary(max_size=3)) + line[place + 1 :]


VALUES = st.one_of(
    st.none(), st.binary(max_size=40), LINES.map(str.encode), mutated(), mutated(), mutated()
)
RECORDS = st.builds(
    Record,
    VALUES,
    st.sampled_from([NOW_MS, NOW_MS - 1, NOW_MS + 3_600_000, NOW_MS - 86_400_000]),
    st.integers(0, 1),
)


def assert_agreement(spark: SparkSession, records: Sequence[Record], rules: Rules) -> None:
    frame = as_frame(spark, records).cache()
    table = judged(frame, rules).toArrow()
    found = {(row["partition"], row["offset"]): row for row in table.to_pylist()}
    offsets = [0, 0]
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
    frame.unpersist()


# A Spark job takes a tenth of a second whatever its size, so each example is many records.
@settings(
    max_examples=15,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
@given(st.lists(RECORDS, min_size=200, max_size=300))
def test_every_form_of_the_contract_agrees(spark: SparkSession, records: list[Record]) -> None:
    assert_agreement(spark, records, RULES)


def test_garbage_with_all_different_ids_comes_to_a_handful_of_groups(spark: SparkSession) -> None:
    kinds = [b"id %d|type|soon|1", b"%d|\xff|1|1", b"%d", b"id %d|type|1763800000000|-1",
             b" id %d|type|1763800000000|1"]  # fmt: skip
    records = [Record(kinds[n % len(kinds)] % n, NOW_MS) for n in range(5_000)]
    table = counted(as_frame(spark, records), RULES).toArrow()
    assert table_groups(table) == oracle_groups(records, RULES)
    assert table.num_rows == len(kinds)
