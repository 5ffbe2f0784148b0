"""The tables of a finished bundle, read again file by file, whichever format they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from csv import reader as reader_of_lines
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from reports.neutral_text import restored
from reports.reading import ROWS_A_BATCH
from reports.tables import SHAPES, Shape

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def parquet_rows(paths: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    """Batches of Parquet files, in the order of the files."""
    for path in paths:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(ROWS_A_BATCH)


def csv_rows(paths: Iterable[Path], shape: Shape, *, exact: bool) -> Iterator[pa.RecordBatch]:
    """Batches of CSV files; what was done to their text is undone unless they are ``exact``."""
    options = csv.ConvertOptions(
        column_types={field.name: field.type for field in shape.schema},
        strings_can_be_null=False,
        null_values=[],
    )
    for path in paths:
        with csv.open_csv(path, convert_options=options) as reader:
            for batch in reader:
                yield batch if exact else _restored(batch)


def sheet_rows(path: Path, shape: Shape) -> Iterator[tuple[Any, ...]]:
    """The rows of a table's sheet in the workbook, behind its heading."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    try:
        rows = book[shape.name].iter_rows(values_only=True)
        heading = tuple(shape.schema.names)
        for row in rows:
            if row == heading:
                yield from (tuple(map(_decoded, row)) for row in rows)
    finally:
        book.close()


def summary_of(path: Path) -> dict[Any, Any]:
    """What the workbook's first sheet says, by the words in front of it."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    try:
        return dict(book["Summary"].iter_rows(max_col=2, values_only=True))
    finally:
        book.close()


def answer_counts(path: Path, names: Sequence[str], *, exact_csv: bool) -> dict[str, Any]:
    """Rows of an answer, and the sums of these columns, whichever format it stands in."""
    rows, totals = 0, dict.fromkeys(names, 0)
    for lines, *columns in _ANSWERS[path.suffix](path, names, exact_csv):
        rows += len(lines)
        for name, values in zip(names, columns, strict=True):
            totals[name] += sum(value for value in values if value is not None)
    return {"rows": rows, "controlTotals": totals}


def _parquet_answer(path: Path, names: Sequence[str], _: bool) -> Iterator[list[Any]]:
    for batch in parquet_rows([path]):
        yield [range(len(batch)), *(batch[name].to_pylist() for name in names)]


def _csv_answer(path: Path, names: Sequence[str], exact: bool) -> Iterator[list[Any]]:
    # A row of one column that is NULL is an empty line, and text may hold ends of lines.
    parse = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    with path.open(encoding="utf-8", newline="") as file:
        heading = pa.array(next(reader_of_lines(file)), pa.string())
    columns = (heading if exact else restored(heading)).to_pylist()
    places = [columns.index(name) for name in names]
    kinds = [pa.int64() if name in names else pa.string() for name in columns]  # nothing is guessed
    types = dict(zip(heading.to_pylist(), kinds, strict=True))
    convert = csv.ConvertOptions(column_types=types)
    with csv.open_csv(path, parse_options=parse, convert_options=convert) as reader:
        for batch in reader:
            yield [range(len(batch)), *(batch.column(place).to_pylist() for place in places)]


def _sheet_answer(path: Path, names: Sequence[str], _: bool) -> Iterator[list[Any]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        heading = next(rows)
        places = [heading.index(name) for name in names]
        for row in rows:
            yield [range(1), *([row[place]] for place in places)]
    finally:
        book.close()


_ANSWERS = {".parquet": _parquet_answer, ".csv": _csv_answer, ".xlsx": _sheet_answer}


def files_of(resources: Sequence[dict[str, Any]], shape: Shape, suffix: str) -> list[str]:
    """Names of the files of a table in one format, in their order."""
    return sorted(
        each["path"]
        for each in resources
        if each.get("table") == shape.name and each["path"].endswith(suffix)
    )


def tables_in(resources: Sequence[dict[str, Any]]) -> list[Shape]:
    """The tables that a bundle holds."""
    names = {each["table"] for each in resources if "table" in each}
    return [shape for name, shape in SHAPES.items() if name in names]


def _decoded(cell: Any) -> Any:
    # The file format's own escapes; openpyxl leaves them as they are.
    if isinstance(cell, str):
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell)
    return cell


def _restored(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [restored(each) if pa.types.is_string(each.type) else each for each in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
