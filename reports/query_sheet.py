"""The answer to a question as one typed sheet, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from clickledger.errors import UsageError
from reports.workbook import open_workbook, write_cell

MOST_ROWS = 1_048_575  # of a sheet, without its heading


def write_sheet(
    path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch], exact: bool
) -> None:
    """Write the rows as they are.

    Raises:
        UsageError: there are more than a sheet can hold.
    """
    with open_workbook(path, "The answer to a question") as (book, formats):
        sheet = book.add_worksheet("answer")
        for index, name in enumerate(schema.names):
            sheet.write_string(0, index, name, formats.heading)
        sheet.freeze_panes(1, 0)
        before = 0
        for batch in batches:
            if before + len(batch) > MOST_ROWS:
                raise UsageError(
                    f"A sheet holds {MOST_ROWS:,} rows; the answer has more.",
                    next_step="ask for --format csv or parquet",
                )
            for line, row in enumerate(batch.to_pylist(), before + 1):
                for index, value in enumerate(row.values()):
                    write_cell(sheet, (line, index), value, formats)
            before += len(batch)
