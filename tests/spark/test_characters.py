"""Java, Python and the contract's own lists agree on every character and on what UTF-8 is."""

import itertools
import sys

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import CONTROL, WHITE_SPACE, Rules
from clickledger.transforms.expressions import is_id, matches

pytestmark = pytest.mark.spark

SURROGATES = range(0xD800, 0xE000)
CHARACTERS = [  # the first 65,536, and the first and last of every further plane
    chr(c)
    for c in range(sys.maxunicode + 1)
    if c not in SURROGATES and (c <= 0xFFFF or not 0xF < c % 0x10000 < 0xFFF0)
]

# What a byte may begin or go on with changes at these values only.
LEADS = bytes.fromhex("00 7f 80 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 f7 f8 ff")
FOLLOWERS = bytes.fromhex("00 7f 80 8f 90 9f a0 bf c0 ff")


def characters_where(spark: SparkSession, condition: str) -> set[str]:
    """The characters, in a column ``c``, for which a condition holds."""
    frame = spark.createDataFrame(pa.table({"c": CHARACTERS}))
    return set(frame.where(condition).toArrow()["c"].to_pylist())


@pytest.mark.parametrize(
    ("text", "spelled"), [("c", "{}"), ("concat('a', c, 'b')", "a{}b"), ("concat(c, 'b')", "{}b")]
)
def test_the_rule_for_ids_on_every_character(spark: SparkSession, text: str, spelled: str) -> None:
    refused = characters_where(spark, f"NOT {is_id(text, 64)}")
    verdicts = {c: judge(_event(spelled.format(c)), 0, Rules()) for c in CHARACTERS}
    by_oracle = {c for c, verdict in verdicts.items() if not isinstance(verdict, Event)}
    assert refused == by_oracle - {"|"}


def test_java_means_the_same_by_the_names_of_our_lists(spark: SparkSession) -> None:
    assert characters_where(spark, matches("c", r"\p{IsWhite_Space}")) == WHITE_SPACE
    assert characters_where(spark, matches("c", r"\p{Cc}")) == CONTROL


def test_spark_and_python_agree_on_what_utf8_is(spark: SparkSession) -> None:
    ends: list[tuple[int, ...]] = [
        follow for n in range(4) for follow in itertools.product(FOLLOWERS, repeat=n)
    ]
    samples = [b"a" + bytes((lead, *end)) for lead in LEADS for end in ends]
    frame = spark.createDataFrame(pa.table({"b": pa.array(samples, pa.binary())}))
    rows = frame.selectExpr("b", "is_valid_utf8(CAST(b AS STRING)) AS valid").toArrow()
    by_spark = dict(zip(rows["b"].to_pylist(), rows["valid"].to_pylist(), strict=True))
    assert by_spark == {sample: _decodes(sample) for sample in samples}


def _event(device_id: str) -> bytes:
    return f"{device_id}|web|1763800000000|1".encode()


def _decodes(sample: bytes) -> bool:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
