"""Rows as CSV: text in quotes, numbers and dates bare, lines end with LF, UTF-8 without a mark."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from reports.neutral_text import neutralised


def rows_as_csv(batch: pa.RecordBatch, *, fractions: bool = False) -> bytes:
    """The lines of a batch, exactly as it is; times to the second, unless ``fractions`` count."""
    columns = [_plain(column, fractions) for column in batch.columns]
    target = io.BytesIO()
    csv.write_csv(
        pa.RecordBatch.from_arrays(columns, names=batch.schema.names),
        target,
        csv.WriteOptions(include_header=False),
    )
    return target.getvalue()


def header_as_csv(names: Sequence[str]) -> bytes:
    """The first line."""
    quoted = (name.replace('"', '""') for name in names)
    return (",".join(f'"{name}"' for name in quoted) + "\n").encode()


def safe_for_spreadsheets(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with every text neutralised; the very same one where nothing had to be."""
    exact = list(batch.columns)
    columns = [neutralised(each) if pa.types.is_string(each.type) else each for each in exact]
    if all(new is old for new, old in zip(columns, exact, strict=True)):
        return batch
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _plain(column: pa.Array, fractions: bool) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        # Of a time, strftime writes as many places as its unit has.
        exact = column if fractions else column.cast(pa.timestamp("s", tz="UTC"))
        return pc.strftime(exact, format="%Y-%m-%dT%H:%M:%SZ")
    return column
