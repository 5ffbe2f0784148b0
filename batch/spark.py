"""One Spark session for a whole run of the batch layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from clickledger.settings import Settings
from clickledger.spark.jvm import jvm_options, start_jvm
from clickledger.spark.session import consumers_closed_after, forget_session, open_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OPTIONS = consumers_closed_after("1s") | {
    "spark.app.name": "clickledger batch",
    "spark.sql.shuffle.partitions": "2",  # large groups, and two cores that may merge them
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # the default is deprecated INT96
}


@contextmanager
def batch_session(settings: Settings) -> Iterator[SparkSession]:
    """A session in a JVM of its own, ended with the block; another may follow."""
    jvm = start_jvm(replace(jvm_options(settings), memory=settings.batch_driver_memory))
    try:
        import_module("pyspark.sql")  # half a second in which the JVM comes up
        jvm.connect()
        spark = open_session(settings, **OPTIONS)
        yield spark
        spark.stop()
    finally:
        forget_session()
        jvm.stop()
