"""The answer to a question as one typed sheet, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from clickledger.errors import UsageError
from reports.workbook import open_workbook, write_cell

MOST_ROWS = 1_048_575  # of a sheet, without its heading
MOST_UNITS = 32_767  # of UTF-16, in a cell
MOST_WHOLE = 2**53  # every number of a sheet is a double
MOST_DIGITS = 15  # any decimal of so many comes back from a double as it was
FIRST_YEAR = 1900


def write_sheet(
    path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch], exact: bool
) -> None:
    """Write the rows as they are.

    Raises:
        UsageError: a sheet cannot hold them all, or not exactly.
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
                for index, (name, value) in enumerate(row.items()):
                    _require_exact(name, line, value)
                    if value is None:  # a row of nothing is a row
                        sheet.write_blank(line, index, None, formats.real)
                    write_cell(sheet, (line, index), value, formats)
            before += len(batch)


def _require_exact(name: str, line: int, value: Any) -> None:
    if why := _inexact(value):
        raise UsageError(
            f"Row {line} of the column {name} holds {why}: a sheet cannot hold that exactly.",
            next_step=f"ask for --format csv or parquet, or for {name} in another form",
        )


def _inexact(value: Any) -> str | None:
    if isinstance(value, str) and len(value.encode("utf-16-le")) // 2 > MOST_UNITS:
        return f"a text of {len(value):,} characters"
    if isinstance(value, int) and abs(value) > MOST_WHOLE:
        return f"the number {value}"
    if isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > MOST_DIGITS:
        return f"the number {value}"
    if isinstance(value, datetime) and value.microsecond % 1000:
        return f"the time {value}"
    if isinstance(value, date) and value.year < FIRST_YEAR:
        return f"the date {value}"
    return None
