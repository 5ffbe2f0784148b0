"""A driver that runs for months keeps nothing of the micro-batches that are done.

Spark frees a broadcast or a shuffle when the garbage collector has found its last reference, in a
thread of its own (ContextCleaner). Without it a driver kept 25 kB a batch, for ever.
"""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.awaiting import await_that

pytestmark = pytest.mark.spark

BATCHES = 12


def kept(spark: SparkSession) -> tuple[int, int]:
    """Shuffles that are known, and bytes of blocks in memory: broadcasts, nothing is cached.

    After a full collection, as one comes by every half hour at the latest.
    """
    jvm: Any = spark._jvm
    jvm.java.lang.System.gc()
    environment = jvm.org.apache.spark.SparkEnv.get()
    shuffles = environment.mapOutputTracker().shuffleStatuses().size()
    return shuffles, environment.blockManager().memoryStore().memoryUsed()


def count(spark: SparkSession) -> None:
    """A job with a shuffle, as each micro-batch is one."""
    spark.range(1000).selectExpr("id % 7 AS key").groupBy("key").count().collect()


def test_nothing_of_a_batch_is_kept(spark: SparkSession) -> None:
    count(spark)
    _, of_one = kept(spark)
    for _ in range(BATCHES):
        count(spark)

    def freed() -> bool:
        shuffles, used = kept(spark)
        return shuffles <= 2 and used <= 2 * of_one

    await_that(freed, f"at most 2 shuffles and {2 * of_one:,} bytes are kept", every_s=0.5)
