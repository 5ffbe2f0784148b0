"""The Kafka source of the stream, and the same source as a batch over explicit ranges."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from clickledger.ledger.positions import OffsetRange
from clickledger.settings import Settings
from streaming.session import kafka_options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def _offsets(topic: str, offsets: Mapping[int, int]) -> str:
    return json.dumps({topic: {str(p): offset for p, offset in offsets.items()}})


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
        .option("startingOffsets", _offsets(settings.topic, starts) if starts else "earliest")
        .option("maxOffsetsPerTrigger", settings.max_offsets_per_trigger)
        .load()
    )


def read_ranges(
    spark: "SparkSession", settings: Settings, spans: Sequence[OffsetRange]
) -> "DataFrame":
    """The records of exactly ``spans``, at most one range a partition."""
    partitions = {settings.topic: sorted(span.partition for span in spans)}
    return (
        spark.read.format("kafka")
        .options(**kafka_options(settings))
        .option("assign", json.dumps(partitions))
        .option("startingOffsets", _offsets(settings.topic, {s.partition: s.start for s in spans}))
        .option("endingOffsets", _offsets(settings.topic, {s.partition: s.end for s in spans}))
        .load()
    )
