"""What is said when there is no room, whichever library finds out, and whenever."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from xlsxwriter.exceptions import FileCreateError

from clickledger.errors import NotPublishedError
from reports.shelf import Shelf

pytestmark = pytest.mark.unit

DAY = date(2026, 1, 15)
FULL = Path("/dev/full")


def by_python() -> None:
    with FULL.open("wb", buffering=0) as file:
        file.write(b"x")


def by_parquet() -> None:
    with pq.ParquetWriter(FULL, pa.schema([("n", pa.int64())])) as writer:
        writer.write_batch(pa.record_batch({"n": range(100_000)}))


@pytest.mark.parametrize("write", [by_python, by_parquet])
def test_each_library_says_it_in_its_own_way(tmp_path: Path, write: Callable[[], None]) -> None:
    with pytest.raises(NotPublishedError, match="nothing was published"), Shelf(tmp_path).making():
        write()


@pytest.mark.parametrize(
    "error",
    [
        FileCreateError(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))),
        duckdb.IOException(
            'IO Error: Async write failed for range [offset=984314, size=491754]: {"exception_type"'
            ':"IO","exception_message":"Could not write file \\"x.parquet\\": No space left on'
            ' device","errno":"28"}'
        ),
        duckdb.OutOfMemoryException(
            "Out of Memory Error: failed to offload data block of size 256.0 KiB (704.0 KiB/921.5"
            " KiB used).\nThis limit was set by the 'max_temp_directory_size' setting."
        ),
    ],
)
def test_these_say_it_of_a_disk_that_is_really_full(tmp_path: Path, error: Exception) -> None:
    """Copied from what they said of a small tmpfs."""
    with pytest.raises(NotPublishedError, match="no room"), Shelf(tmp_path).making():
        raise error


def test_another_trouble_is_not_called_that(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), Shelf(tmp_path).making():
        raise PermissionError(errno.EACCES, "no")


def test_a_version_that_stands_is_not_called_unpublished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path)

    def flushed(path: Path) -> None:
        if path == shelf.day_folder(DAY):  # behind the rename
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("reports.shelf._flush", flushed)

    def publish() -> None:
        with shelf.making() as folder:
            (folder / "report.html").touch()
            shelf.put(folder, DAY, 1)

    with pytest.raises(NotPublishedError, match="stands in its place"):
        publish()
    assert shelf.versions(DAY) == [1]
