"""Recount hours from the archive, on Spark, with the transforms of the stream."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from batch.archive.files import read_records
from batch.recount.judging import Part
from batch.recount.minutes import SCHEMA, empty_minutes, summed
from clickledger.contract.rules import Rules
from clickledger.ledger.positions import OffsetRange
from clickledger.transforms.count import counted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def recounted(
    spark: SparkSession, counted_parts: Iterable[Part], hours_ms: Collection[int]
) -> pa.Table:
    """Minute rows of ``hours_ms``."""
    tables = [empty_minutes()]
    for part in counted_parts:
        records = within_spans(read_records(spark, part.paths), part.spans)
        tables.append(_minutes(records, part.rules, hours_ms))
    return summed(pa.concat_tables(tables))


def within_spans(records: DataFrame, spans: Iterable[OffsetRange]) -> DataFrame:
    """The records whose offset lies in the span of their partition."""
    return records.where(
        " OR ".join(
            f"(partition = {span.partition} AND offset >= {span.start} AND offset < {span.end})"
            for span in spans
        )
    )


def _minutes(records: DataFrame, rules: Rules, hours_ms: Collection[int]) -> pa.Table:
    groups = counted(records, rules, hours_ms).withColumnRenamed("records", "events")
    found = groups.select("reason", *SCHEMA.names).toArrow()
    # Here, not in Spark: it would judge each record by it, before it groups them.
    return found.filter(pc.is_null(found["reason"])).select(SCHEMA.names).cast(SCHEMA)
