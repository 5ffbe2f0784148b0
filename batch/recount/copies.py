"""Surplus copies: accepted events whose bytes stand at another offset too; all but one of them.

By Spark and by DuckDB, which share nothing. The bytes name the event's time, so all copies belong
to one hour, and its sources hold them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from batch.archive.files import read_records
from batch.recount.by_duckdb import MEMORY, of_accepted, part_parameters
from batch.recount.by_spark import within_spans
from batch.recount.judging import Part
from batch.recount.minutes import SCHEMA, empty_minutes, summed
from clickledger.clock import MINUTE_MS
from clickledger.transforms.expressions import in_hours
from clickledger.transforms.judge import accepted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Of rows with one value: how often it occurs, once less.
SURPLUS = """
    SELECT minute_ms, device_type, device_id,
        CAST(SUM((copies - 1) * click) AS BIGINT) AS clicks,
        CAST(SUM(copies - 1) AS BIGINT) AS events
    FROM {values} WHERE copies > 1 GROUP BY minute_ms, device_type, device_id
"""
TOGETHER = """
    SELECT minute_ms, device_type, device_id, value, click, SUM(copies) AS copies FROM {values}
    GROUP BY minute_ms, device_type, device_id, value, click
"""


def surplus_copies(
    spark: SparkSession, parts: Sequence[Part], hours_ms: Collection[int]
) -> pa.Table:
    """Minute rows of what is surplus, by Spark."""
    from pyspark.sql import DataFrame

    if not parts:
        return empty_minutes()
    values = reduce(DataFrame.unionAll, (_values(spark, part) for part in parts)).where(
        in_hours(hours_ms)
    )
    together = spark.sql(TOGETHER.format(values="{values}"), values=values)
    surplus = spark.sql(SURPLUS.format(values="{together}"), together=together)
    return summed(surplus.toArrow().cast(SCHEMA))


def _values(spark: SparkSession, part: Part) -> DataFrame:
    records = within_spans(read_records(spark, part.paths), part.spans)
    return accepted(records, part.rules).selectExpr(
        f"time_ms - pmod(time_ms, {MINUTE_MS}) AS minute_ms",
        "device_type",
        "device_id",
        "value",
        "click",
        "1 AS copies",
    )


def surplus_by_duckdb(parts: Iterable[Part], hours_ms: Collection[int]) -> pa.Table:
    """The same by DuckDB."""
    import duckdb

    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        connection.execute(
            "CREATE TABLE found (value BLOB, minute_ms BIGINT, device_type VARCHAR,"
            " device_id VARCHAR, click BIGINT, copies BIGINT)"
        )
        for part in parts:
            text = f"INSERT INTO found {of_accepted('duckdb/copies')}"
            connection.execute(text, part_parameters(part, hours_ms))
        together = f"({TOGETHER.format(values='found')})"
        rows = connection.sql(SURPLUS.format(values=together)).to_arrow_table()
    return summed(rows.cast(SCHEMA))


def without(minutes: pa.Table, surplus: pa.Table) -> pa.Table:
    """Minute rows less their surplus copies; one of each stays, so that no row falls to nothing."""
    if not surplus.num_rows:
        return minutes
    negated = surplus
    for name in ("clicks", "events"):
        index = negated.schema.get_field_index(name)
        negated = negated.set_column(index, SCHEMA.field(name), pc.negate(negated[name]))
    return summed(pa.concat_tables([minutes, negated]))
