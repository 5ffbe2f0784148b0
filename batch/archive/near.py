"""Files of the archive where DuckDB can read them: in a folder, or as copies that soon go again.

DuckDB reads no Hadoop file system. Spark's own brings each file, whatever its URI, settings and
credentials are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from batch.spark import batch_session
from clickledger.errors import ArchiveIncompleteError
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def local_path(path: str) -> Path | None:
    """Where a path or URI lies on this machine; ``None``: it does not."""
    scheme, colon, rest = path.partition(":")
    if not colon or "/" in scheme:
        return Path(path)
    return Path("/" + rest.lstrip("/")) if scheme == "file" else None


@contextmanager
def local_files(spark: SparkSession, paths: Sequence[str]) -> Iterator[dict[str, str]]:
    """A local file for each of ``paths``; copies are removed with the block.

    Raises:
        ArchiveIncompleteError: a file is gone, or cannot be read.
    """
    near = {path: str(local) for path in paths if (local := local_path(path)) is not None}
    with TemporaryDirectory(prefix="clickledger-archive-") as folder:
        for number, path in enumerate(path for path in paths if path not in near):
            near[path] = f"{folder}/{number}.parquet"
            _copy(spark, path, near[path])
        yield near


@contextmanager
def local_files_of(settings: Settings, paths: Sequence[str]) -> Iterator[dict[str, str]]:
    """The same where there is no session: one is started only if a file is not here."""
    if None not in map(local_path, paths):
        yield {path: str(local_path(path)) for path in paths}
        return
    with batch_session(settings) as spark, local_files(spark, paths) as near:
        yield near


def _copy(spark: SparkSession, path: str, to: str) -> None:
    from py4j.protocol import Py4JJavaError

    jvm: Any = spark._jvm
    source, target = (jvm.org.apache.hadoop.fs.Path(each) for each in (path, f"file://{to}"))
    try:
        files = source.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())
        files.copyToLocalFile(False, source, target, True)  # kept there; no checksum beside it
    except Py4JJavaError as error:
        raise ArchiveIncompleteError(
            f"The file {path} of the archive cannot be read: {error.java_exception}",
            next_step="docs/runbooks/archive-incomplete.md",
        ) from None
