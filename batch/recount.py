"""Recount hours from the archive, on Spark, with the transforms of the stream."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa

from batch.archive.files import read_records
from batch.minutes import SCHEMA, empty_minutes, summed
from clickledger.clock import HOUR_MS
from clickledger.contract.rules import Rules
from clickledger.transforms.count import counted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def recounted(
    spark: SparkSession,
    parts: Iterable[tuple[Rules, Sequence[str]]],
    cut: Mapping[int, int],
    hours_ms: Collection[int],
) -> pa.Table:
    """Minute rows of ``hours_ms`` below the cut; ``parts`` are files and the rules to judge by."""
    tables = [empty_minutes()]
    for rules, paths in parts:
        if paths:
            records = below(read_records(spark, paths), cut)
            tables.append(_minutes(records, rules, hours_ms).toArrow().cast(SCHEMA))
    return summed(pa.concat_tables(tables))


def below(records: DataFrame, cut: Mapping[int, int]) -> DataFrame:
    """The records of each partition before its offset in ``cut``."""
    return records.where(
        reduce(
            lambda a, b: f"{a} OR {b}",
            (f"(partition = {p} AND offset < {end})" for p, end in sorted(cut.items())),
        )
    )


def _minutes(records: DataFrame, rules: Rules, hours_ms: Collection[int]) -> DataFrame:
    hours = ", ".join(map(str, sorted(hours_ms)))
    return (
        counted(records, rules)
        .where(f"reason IS NULL AND minute_ms - pmod(minute_ms, {HOUR_MS}) IN ({hours})")
        .selectExpr("minute_ms", "device_type", "device_id", "clicks", "records AS events")
    )
