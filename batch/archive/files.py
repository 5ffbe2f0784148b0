"""The archive's files through Spark, so that any Hadoop file system will do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clickledger.errors import ArchiveIncompleteError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# What Kafka holds of a record, unchanged; the names are those of Spark's Kafka source.
COLUMNS = (
    "topic",
    "partition",
    "offset",
    "timestamp",
    "timestampType AS timestamp_type",
    "key",
    "value",
)
DIGESTED = ("path", "length", "sha2(content, 256) AS sha256")  # of Spark's binaryFile
SCHEMA = (
    "topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP, timestamp_type INT,"
    " key BINARY, value BINARY"
)


def write_records(records: DataFrame, folder: str) -> None:
    """One range's records as one Parquet file, zstd, in offset order; ``folder`` is new."""
    records.coalesce(1).write.option("compression", "zstd").parquet(folder)


def written_file(spark: SparkSession, folder: str) -> tuple[str, int, str]:
    """(name, bytes, SHA-256 in hex) of the file that ``write_records`` has made."""
    content = spark.read.format("binaryFile").option("pathGlobFilter", "*.parquet").load(folder)
    ((path, size, digest),) = content.selectExpr(*DIGESTED).collect()
    return path.rpartition("/")[2], size, digest


def read_records(spark: SparkSession, paths: Sequence[str]) -> DataFrame:
    """The records of files, with the columns that the transforms want of Spark's Kafka source."""
    if not paths:
        return spark.createDataFrame([], SCHEMA)
    return spark.read.schema(SCHEMA).parquet(*paths)


def hashed(spark: SparkSession, paths: Sequence[str]) -> dict[str, tuple[int, str]]:
    """(bytes, SHA-256 in hex) of each file, by the path that was asked for.

    Raises:
        ArchiveIncompleteError: a file is gone, or cannot be read (a file system's own checksum).
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    if not paths:
        return {}
    try:
        return _hashed(spark, paths)
    except (Py4JJavaError, PySparkException):
        if len(paths) > 1:  # which of them?
            return {path: found for each in paths for path, found in hashed(spark, [each]).items()}
        raise ArchiveIncompleteError(
            f"The file {paths[0]} of the archive is gone, or cannot be read.",
            next_step="docs/runbooks/archive-incomplete.md",
        ) from None


def _hashed(spark: SparkSession, paths: Sequence[str]) -> dict[str, tuple[int, str]]:
    content = spark.read.format("binaryFile").load(list(paths))
    rows = content.selectExpr(*DIGESTED).collect()
    found = {row.path.rpartition("/")[2]: (row.length, row.sha256) for row in rows}
    return {path: found[path.rpartition("/")[2]] for path in paths}


def remove_folder(spark: SparkSession, folder: str) -> None:
    """Delete a folder, if it is there."""
    jvm: Any = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(folder)
    path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf()).delete(path, True)
