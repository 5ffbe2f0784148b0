"""What the hot path's plan must not hold, and the internal name that the session relies on."""

import pytest
from pyspark.sql import SparkSession

from clickledger.contract.rules import CONTRACTS
from clickledger.transforms.count import counted
from clickledger.transforms.judge import judged
from streaming.session import CHECKPOINT_FILE_MANAGER
from tests.spark.records import Record, as_frame

pytestmark = pytest.mark.spark


def test_no_python_on_any_row(spark: SparkSession) -> None:
    frame = as_frame(spark, [Record(b"a|b|1763800000000|1", 1_763_800_000_000)])
    for made in (judged(frame, CONTRACTS[1]), counted(frame, CONTRACTS[1])):
        plan = made._jdf.queryExecution().executedPlan().toString()
        assert "Python" not in plan
        assert "Arrow" not in plan


def test_one_shuffle_serves_both_aggregations(spark: SparkSession) -> None:
    frame = as_frame(spark, [Record(b"a|b|1763800000000|1", 1_763_800_000_000)])
    plan = counted(frame, CONTRACTS[1])._jdf.queryExecution().executedPlan().toString()
    assert plan.count("Exchange") == 1
    assert "SortAggregate" not in plan


def test_the_checkpoint_file_manager_exists(spark: SparkSession) -> None:
    jvm = spark._jvm
    assert jvm is not None
    found = jvm.org.apache.spark.util.Utils.classForName(CHECKPOINT_FILE_MANAGER, True, False)
    assert found.getName() == CHECKPOINT_FILE_MANAGER
