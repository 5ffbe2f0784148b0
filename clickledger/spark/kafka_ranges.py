"""Records of exact offset ranges of the topic, as a batch."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from clickledger.ledger.positions import OffsetRange
from clickledger.settings import Settings
from clickledger.spark.session import kafka_options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def read_ranges(
    spark: "SparkSession", settings: Settings, spans: Sequence[OffsetRange]
) -> "DataFrame":
    """The records of exactly ``spans``, at most one range a partition."""
    topic = settings.topic
    partitions = {topic: sorted(span.partition for span in spans)}
    starts = offsets_option(topic, {span.partition: span.start for span in spans})
    ends = offsets_option(topic, {span.partition: span.end for span in spans})
    return (
        spark.read.format("kafka")
        .options(**kafka_options(settings))
        .option("assign", json.dumps(partitions))
        .option("startingOffsets", starts)
        .option("endingOffsets", ends)
        .load()
    )


def offsets_option(topic: str, offsets: Mapping[int, int]) -> str:
    """Offsets by partition as the options of Spark's Kafka source want them."""
    return json.dumps({topic: {str(p): offset for p, offset in offsets.items()}})
