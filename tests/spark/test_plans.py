"""What the plans must hold and must not, and the internal name that the session relies on."""

import re

import pytest
from pyspark.sql import DataFrame, SparkSession

from clickledger.contract.rules import CONTRACTS
from clickledger.spark.session import CHECKPOINT_FILE_MANAGER
from clickledger.transforms.count import counted
from clickledger.transforms.judge import judged
from tests.spark.records import Record, as_frame

pytestmark = pytest.mark.spark

LARGEST_COMPILED_METHOD = 8_000  # bytes of bytecode: HotSpot only interprets what is larger
AGAIN_AND_AGAIN = re.compile(r"[\w.]*RLIKE|split\(|regexp\w*\(")


def plan_of(frame: DataFrame, kind: str = "executedPlan") -> str:
    """The text of a plan without its running numbers."""
    query = frame._jdf.queryExecution()
    return re.sub(r"#\d+L?|plan_id=\d+", "", getattr(query, kind)().toString())


def a_record(spark: SparkSession, value: bytes = b"a|b|1763800000000|1") -> DataFrame:
    """A frame of one record."""
    return as_frame(spark, [Record(value, 1_763_800_000_000)])


def test_no_python_on_any_row(spark: SparkSession) -> None:
    for made in (judged(a_record(spark), CONTRACTS[1]), counted(a_record(spark), CONTRACTS[1])):
        plan = plan_of(made)
        assert "Python" not in plan
        assert "Arrow" not in plan


def test_one_shuffle_serves_both_aggregations(spark: SparkSession) -> None:
    plan = plan_of(counted(a_record(spark), CONTRACTS[1]))
    assert plan.count("Exchange") == 1
    assert "SortAggregate" not in plan


def test_a_usual_record_meets_no_regular_expression_before_it_is_grouped(
    spark: SparkSession,
) -> None:
    """They stand behind ``CASE WHEN usual THEN '' ELSE`` only, and behind the grouping."""
    plan = plan_of(counted(a_record(spark), CONTRACTS[1]), "optimizedPlan")
    steps = plan[plan.rindex("Aggregate [") :].splitlines()[1:]
    slow_steps = [step for step in steps if AGAIN_AND_AGAIN.search(step)]
    assert len(slow_steps) == 1
    before_usual, after_usual = slow_steps[0].split("CASE WHEN usual THEN  ELSE ")
    assert not AGAIN_AND_AGAIN.search(before_usual)
    assert AGAIN_AND_AGAIN.search(after_usual)


def test_the_generated_methods_are_small_enough_to_be_compiled(spark: SparkSession) -> None:
    jvm = spark._jvm
    assert jvm is not None
    for made in (judged(a_record(spark), CONTRACTS[1]), counted(a_record(spark), CONTRACTS[1])):
        query = made._jdf.queryExecution()
        code = jvm.PythonSQLUtils.explainString(query, "codegen")
        sizes = [int(size) for size in re.findall(r"maxMethodCodeSize:(\d+)", code)]
        assert sizes
        assert max(sizes) < LARGEST_COMPILED_METHOD


def test_the_next_batch_has_the_same_plan(spark: SparkSession) -> None:
    """Else its generated code is another one, and compiled anew: 0.1 s a batch."""
    for transform in (judged, counted):
        first = transform(a_record(spark), CONTRACTS[1])
        next_one = transform(a_record(spark, b"other"), CONTRACTS[1])
        assert plan_of(first) == plan_of(next_one)


def test_the_checkpoint_file_manager_exists(spark: SparkSession) -> None:
    jvm = spark._jvm
    assert jvm is not None
    found = jvm.org.apache.spark.util.Utils.classForName(CHECKPOINT_FILE_MANAGER, True, False)
    assert found.getName() == CHECKPOINT_FILE_MANAGER


def test_hours_are_chosen_before_anything_is_judged_or_grouped(spark: SparkSession) -> None:
    """A condition above the groups would be pushed down, and have each record's head judged."""
    plan = plan_of(counted(a_record(spark), CONTRACTS[1], [0, 3_600_000]), "optimizedPlan")
    lines = plan.splitlines()
    (condition,) = [line for line in lines if "+- Filter" in line]
    assert "3600000" in condition
    assert not AGAIN_AND_AGAIN.search(condition)
    first_groups = max(number for number, line in enumerate(lines) if "+- Aggregate" in line)
    assert lines.index(condition) > first_groups
