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
LITTLE = 100_000  # bytes: of twelve batches that are kept it is less than a third


def kept(spark: SparkSession) -> tuple[int, int]:
    """Shuffles that are known, and bytes of blocks in memory: broadcasts, nothing is cached.

    After a full collection, as one comes by every half hour at the latest.
    """
    jvm: Any = spark._jvm
    jvm.java.lang.System.gc()
    environment = jvm.org.apache.spark.SparkEnv.get()
    shuffles = environment.mapOutputTracker().shuffleStatuses().size()
    return shuffles, environment.blockManager().memoryStore().memoryUsed()


def settled(spark: SparkSession) -> tuple[int, int]:
    """``kept``, when the cleaner has done with what tests before have let go."""
    looks = [kept(spark)]

    def is_settled() -> bool:
        looks.append(kept(spark))
        return looks[-1] == looks[-2]

    await_that(is_settled, "two looks that find the same", every_s=0.5)
    return looks[-1]


def count(spark: SparkSession) -> None:
    """A job with a shuffle, as each micro-batch is one."""
    spark.range(1000).selectExpr("id % 7 AS key").groupBy("key").count().collect()


def test_nothing_of_a_batch_is_kept(spark: SparkSession) -> None:
    count(spark)
    shuffles, used = settled(spark)  # what other tests still hold counts too
    for _ in range(BATCHES):
        count(spark)

    def freed() -> bool:
        shuffles_now, used_now = kept(spark)
        return shuffles_now <= shuffles + 2 and used_now <= used + LITTLE

    await_that(freed, f"{shuffles} shuffles and {used:,} bytes are kept, as before", every_s=0.5)
