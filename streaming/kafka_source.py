"""The Kafka source of the stream."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from clickledger.settings import Settings
from clickledger.spark.kafka_ranges import offsets_option
from clickledger.spark.session import kafka_options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def read_stream(
    spark: "SparkSession", settings: Settings, starts: Mapping[int, int]
) -> "DataFrame":
    """The unbounded records of the topic from ``starts`` (every partition named) on.

    Never from ``latest``; without ``starts`` from the oldest record.
    """
    return (
        spark.readStream.format("kafka")
        .options(**kafka_options(settings))
        .option("subscribe", settings.topic)
        .option("startingOffsets", offsets_option(settings.topic, starts) if starts else "earliest")
        .option("maxOffsetsPerTrigger", settings.max_offsets_per_trigger)
        .load()
    )
