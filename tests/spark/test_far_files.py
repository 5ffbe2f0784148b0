"""Files of an archive on another Hadoop file system: Spark writes and reads them, DuckDB counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from batch.archive.files import hashed, read_records, remove_folder, write_records, written_file
from batch.archive.near import local_files
from batch.recount.by_duckdb import counted_by_duckdb, local_parts
from batch.recount.by_spark import recounted
from batch.recount.copies import surplus_by_duckdb
from batch.recount.judging import Part
from batch.recount.measures import measured
from clickledger.clock import HOUR_MS
from clickledger.errors import ArchiveIncompleteError
from clickledger.ledger.positions import OffsetRange
from tests.unit.contract.values import NOW_MS, RULES

pytestmark = pytest.mark.spark

HOUR = NOW_MS - NOW_MS % HOUR_MS


@pytest.fixture
def far(spark: SparkSession, tmp_path: Path) -> str:
    """A folder as viewfs has it, a file system of Hadoop's own that DuckDB does not know."""
    context: Any = spark._jsc
    link = f"fs.viewfs.mounttable.{tmp_path.name}.link./kept"
    context.hadoopConfiguration().set(link, f"file://{tmp_path}")
    return f"viewfs://{tmp_path.name}/kept/segment"


def written(spark: SparkSession, folder: str) -> str:
    """Ten events and a copy of one of them."""
    rows = (
        "SELECT 't' AS topic, 0 AS partition, id AS offset,"
        f" timestamp_millis({NOW_MS}) AS timestamp, 1 AS timestamp_type,"
        " CAST(NULL AS BINARY) AS key,"
        f" CAST(concat('d', id % 10, '|tv|', {HOUR}, '|2') AS BINARY) AS value FROM range(11)"
    )
    write_records(spark.sql(rows), folder)
    name, size, digest = written_file(spark, folder)
    assert hashed(spark, [f"{folder}/{name}"]) == {f"{folder}/{name}": (size, digest)}
    return f"{folder}/{name}"


def test_every_count_of_a_far_file(spark: SparkSession, far: str) -> None:
    path = written(spark, far)
    parts = [Part(RULES[0], (path,), (OffsetRange(0, 0, 11),))]
    audit = counted_by_duckdb(local_parts(spark, parts), [HOUR])
    assert audit.equals(recounted(spark, parts, [HOUR]))
    assert audit.num_rows == 10
    assert surplus_by_duckdb(local_parts(spark, parts), [HOUR]).num_rows == 1
    assert [row[1:3] for row in measured(local_parts(spark, parts), [HOUR]).events] == [("tv", 11)]


def test_copies_go_again_and_a_file_that_is_gone_is_named(spark: SparkSession, far: str) -> None:
    path = written(spark, far)
    with local_files(spark, [path]) as near:
        copy = Path(near[path])
        assert [file.name for file in copy.parent.iterdir()] == [copy.name]
        assert read_records(spark, [str(copy)]).count() == 11
    assert not copy.parent.exists()
    remove_folder(spark, far)
    with pytest.raises(ArchiveIncompleteError, match="cannot be read"), local_files(spark, [path]):
        pass
