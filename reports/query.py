"""An analyst's own question, read-only and streamed, as a bundle with the same kind of manifest."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import Cursor, SSCursor

from clickledger.errors import UsageError
from clickledger.mysql.snapshot import consistent_snapshot
from reports.csv_text import header_as_csv, rows_as_csv, safe_for_spreadsheets
from reports.formats import Format
from reports.manifest import (
    FORMAT,
    NAME,
    OWN,
    SUMS_FILE,
    sums_text,
    table_resource,
    write_json,
)
from reports.neutral_text import neutralised, rule
from reports.query_sheet import write_sheet
from reports.reading import ROWS_A_BATCH

STEM = "answer"
INTEGERS = {FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG,
            FIELD_TYPE.INT24, FIELD_TYPE.YEAR}  # fmt: skip
REALS = {FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE}
DECIMALS = {FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL}
TIMES = {FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP}
MOST_DIGITS = 38  # of decimals that every reader of Parquet takes


def export_query(
    connection: Connection[Cursor],
    text: str,
    target: Path,
    wanted: Format,
    *,
    exact_csv: bool = False,
) -> dict[str, Any]:
    """Write the answer into the new folder ``target``; the manifest.

    Raises:
        UsageError: the folder is there already, the text is not one question, or the format
            cannot hold a value of the answer exactly.
    """
    if target.exists():
        raise UsageError(f"{target} is there already.", next_step="name a new folder")
    half_made = target.with_name(f".{target.name}.half-made")
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.mkdir(parents=True)
    try:
        with consistent_snapshot(connection):
            manifest = _write(connection, text, half_made, wanted, exact_csv)
        half_made.rename(target)
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(half_made)
    return manifest


def _write(
    connection: Connection[Cursor], text: str, folder: Path, wanted: Format, exact: bool
) -> dict[str, Any]:
    path = folder / f"{STEM}.{wanted.value}"
    with connection.cursor(SSCursor) as cursor:
        cursor.execute(_one_question(text))
        schema = _schema(cursor)
        writers = {Format.PARQUET: _parquet, Format.CSV: _csv, Format.XLSX: write_sheet}
        rows, totals = 0, {field.name: 0 for field in schema if pa.types.is_integer(field.type)}

        def counted() -> Iterator[pa.RecordBatch]:
            nonlocal rows
            for batch in _batches(cursor, schema):
                rows += len(batch)
                for name in totals:
                    totals[name] += sum(n for n in batch[name].to_pylist() if n is not None)
                yield batch

        writers[wanted](path, schema, counted(), exact)
    manifest = _manifest(path, schema, rows, totals, text, exact)
    write_json(folder / NAME, manifest)
    (folder / SUMS_FILE).write_bytes(sums_text(folder, manifest))
    return manifest


def _one_question(text: str) -> str:
    question = re.sub(r"\s*;\s*\Z", "", text.strip())
    if not question:
        raise UsageError("The file holds no question.")
    # The driver formats only what it is given values for: a % of the text stays one.
    return question


def _schema(cursor: SSCursor) -> pa.Schema:
    if not cursor.description:
        raise UsageError("The file holds no question: it has no answer with columns.")
    columns: Any = cursor.description  # name, type, …, scale, …
    names = [column[0] for column in columns]
    if len(set(names)) < len(names):
        raise UsageError("Two columns have the same name.", next_step="name them with AS")
    return pa.schema([pa.field(column[0], _type(column[1], column[5])) for column in columns])


def _type(code: int, scale: int) -> pa.DataType:
    if code in INTEGERS or (code in DECIMALS and scale == 0):
        return pa.int64()
    if code in DECIMALS:
        return pa.decimal128(MOST_DIGITS, scale)
    if code in REALS:
        return pa.float64()
    if code in TIMES:
        return pa.timestamp("s" if scale == 0 else "ms" if scale <= 3 else "us", tz="UTC")
    return pa.date32() if code == FIELD_TYPE.DATE else pa.string()


def _kind(wanted: pa.DataType) -> str:
    """In Frictionless' words."""
    if pa.types.is_timestamp(wanted):
        return "datetime"
    if pa.types.is_floating(wanted) or pa.types.is_decimal(wanted):
        return "number"
    return {pa.int64(): "integer", pa.date32(): "date", pa.string(): "string"}[wanted]


def _batches(cursor: SSCursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while rows := cursor.fetchmany(ROWS_A_BATCH):
        columns = zip(*rows, strict=True)
        arrays = [_array(values, field) for values, field in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: tuple[Any, ...], field: pa.Field) -> pa.Array:
    try:
        if pa.types.is_string(field.type):
            return pa.array(map(_text, values), field.type)
        # Decimals without places are sums of integers.
        whole = map(_whole, values) if pa.types.is_integer(field.type) else values
        return pa.array(whole, field.type)
    except UnicodeDecodeError:
        raise UsageError(
            f"The column {field.name} holds bytes that are no text in UTF-8.",
            next_step=f"ask for HEX({field.name}) AS {field.name}",
        ) from None
    except (pa.ArrowException, OverflowError) as error:
        # A zero date, or a number of too many digits.
        raise UsageError(
            f"The column {field.name} holds a value that is no {_kind(field.type)} of ours:"
            f" {error}.",
            next_step=f"ask for it as text: CAST({field.name} AS CHAR) AS {field.name}",
        ) from error


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _text(value: Any) -> str | None:
    if isinstance(value, timedelta):
        return _time(value)
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return None if value is None else str(value)


def _time(value: timedelta) -> str:
    """As the server says it: hours may be more than a day's."""
    seconds, fraction = divmod(abs(value) // timedelta(microseconds=1), 1_000_000)
    minutes, second = divmod(seconds, 60)
    sign = "-" if value < timedelta() else ""
    places = f".{fraction:06}" if fraction else ""
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{second:02}{places}"


def _parquet(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch], _: bool) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _csv(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch], exact: bool) -> None:
    with path.open("wb") as file:
        # An expression without a name is its own: it may begin like a formula, too.
        names = pa.array(schema.names, pa.string())
        file.write(header_as_csv((names if exact else neutralised(names)).to_pylist()))
        for batch in batches:
            shown = batch if exact else safe_for_spreadsheets(batch)
            file.write(rows_as_csv(shown, fractions=True))


def _manifest(
    path: Path, schema: pa.Schema, rows: int, totals: dict[str, int], text: str, exact: bool
) -> dict[str, Any]:
    fields = [{"name": field.name, "type": _kind(field.type)} for field in schema]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "name": f"answer-{digest[:12]}",
        "title": "The answer to a question",
        "resources": [table_resource(path, None, rows, totals) | {"schema": {"fields": fields}}],
        OWN: {"format": FORMAT, "question": text, "csvText": rule(exact=exact)},
    }
