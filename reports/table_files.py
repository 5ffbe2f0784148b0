"""Writes one table as Parquet and CSV, batch by batch, in as many files as it needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reports.csv_text import header_as_csv, rows_as_csv, safe_for_spreadsheets
from reports.tables import SUMS, Shape

# Of both formats: a spreadsheet opens 1,048,576 rows, and a CSV file stays below 200 MB.
ROWS_A_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file of a bundle that holds rows; ``totals`` are sums over its columns."""

    path: str
    shape: Shape
    rows: int
    totals: dict[str, int]


@dataclass(slots=True)
class _Part:
    """The two files that are being written."""

    stem: str
    parquet: pq.ParquetWriter
    csv: BinaryIO
    totals: dict[str, int]
    rows: int = 0

    def close(self) -> None:
        """End both, whichever can be."""
        with self.csv:
            self.parquet.close()


class TableWriter:
    """``write`` its batches, then ``close``; ``digest`` is over its rows, however split."""

    def __init__(
        self, folder: Path, shape: Shape, *, exact_csv: bool, rows_a_file: int = ROWS_A_FILE
    ) -> None:
        self._folder = folder
        self._shape = shape
        self._exact = exact_csv
        self._rows_a_file = rows_a_file
        self._digest = hashlib.sha256()
        self._part: _Part | None = None
        self.files: list[TableFile] = []

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows; they go on in the next files where these are full."""
        start = 0
        while start < len(batch):
            part = self._part or self._begin()
            some = batch.slice(start, self._rows_a_file - part.rows)
            self._add(part, some)
            start += len(some)
            if part.rows == self._rows_a_file:
                self._end(part)

    def close(self) -> None:
        """End the files; a table without rows has files with a header."""
        if self._part is not None:
            self._end(self._part)
        elif not self.files:
            self._end(self._begin())

    def abandon(self) -> None:
        """Let go of files that nobody will read."""
        if self._part is not None:
            with suppress(OSError):
                self._part.close()

    @property
    def digest(self) -> str:
        """SHA-256 over the exact rows."""
        return self._digest.hexdigest()

    @property
    def totals(self) -> dict[str, int]:
        """Rows and sums of the whole table."""
        once = [each for each in self.files if each.path.endswith(".parquet")]
        sums = {name: sum(each.totals[name] for each in once) for name in sums_of(self._shape)}
        return {"rows": sum(each.rows for each in once), **sums}

    def _add(self, part: _Part, batch: pa.RecordBatch) -> None:
        exact = rows_as_csv(batch)
        self._digest.update(exact)
        safe = batch if self._exact else safe_for_spreadsheets(batch)
        part.csv.write(exact if safe is batch else rows_as_csv(safe))
        part.parquet.write_batch(batch, row_group_size=len(batch))
        part.rows += len(batch)
        for name in part.totals:
            part.totals[name] += pc.sum(batch[name]).as_py()

    def _begin(self) -> _Part:
        number = len(self.files) // 2 + 1
        is_named_by_number = self._shape.is_split or number > 1
        stem = f"{self._shape.name}-{number:04}" if is_named_by_number else self._shape.name
        schema = self._shape.schema
        text = (self._folder / f"{stem}.csv").open("wb")
        text.write(header_as_csv(schema.names))
        parquet = pq.ParquetWriter(self._folder / f"{stem}.parquet", schema, compression="zstd")
        self._part = _Part(stem, parquet, text, dict.fromkeys(sums_of(self._shape), 0))
        return self._part

    def _end(self, part: _Part) -> None:
        part.close()
        for suffix in (".parquet", ".csv"):
            path = part.stem + suffix
            self.files.append(TableFile(path, self._shape, part.rows, part.totals))
        self._part = None


@contextmanager
def table_writer(folder: Path, shape: Shape, **options: Any) -> Iterator[TableWriter]:
    """A writer whose files are complete at the end of the block, and closed whatever happens."""
    writer = TableWriter(folder, shape, **options)
    try:
        yield writer
        writer.close()
    except BaseException:
        writer.abandon()
        raise


def sums_of(shape: Shape) -> list[str]:
    """The columns whose sums are control totals of a table."""
    return [each.name for each in shape.columns if each.name in SUMS]
