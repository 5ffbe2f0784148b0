"""A day's tables as a stream of Arrow batches, inside the caller's snapshot.

Final days come from the day and hour rows of the batch layer, all others from minute rows. Rows are
fetched from a cursor on the server, so that a day of any size takes the memory of one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor, SSCursor

from clickledger.mysql.statements import statement
from reports.day import HOUR, ClockHour, Day, clock_hours
from reports.tables import FULL, HOURS, TYPES, Shape

# A Parquet row group and a step of everything that is streamed: part of a bundle's bytes.
ROWS_A_BATCH = 50_000


def type_rows(connection: Connection[Cursor], day: Day) -> Iterator[pa.RecordBatch]:
    """The table ``types``."""
    return batches(connection, _text(day, "type_rows"), _span(day), TYPES)


def device_rows(connection: Connection[Cursor], day: Day) -> Iterator[pa.RecordBatch]:
    """The table ``devices``, in the order of its key."""
    return batches(connection, _text(day, "device_rows"), _span(day), FULL)


def hour_rows(connection: Connection[Cursor], day: Day) -> Iterator[pa.RecordBatch]:
    """The table ``hours``: hours of the clock, which need minute rows where they cut UTC's."""
    every = (row for hour in clock_hours(day) for row in _hour(connection, day, hour))
    while rows := list(islice(every, ROWS_A_BATCH)):
        yield _batch(rows, HOURS.schema)


def batches(
    connection: Connection[Cursor], text: str, parameters: Any, shape: Shape
) -> Iterator[pa.RecordBatch]:
    """The rows of a query, never all at once. It must be read to its end."""
    every = streamed(connection, text, parameters)
    while rows := list(islice(every, ROWS_A_BATCH)):
        yield _batch(rows, shape.schema)


def streamed(
    connection: Connection[Cursor], text: str, parameters: Any
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query as they come from the server. It must be read to its end."""
    with connection.cursor(SSCursor) as cursor:
        cursor.execute(text, parameters)
        while rows := cursor.fetchmany(ROWS_A_BATCH):
            yield from rows


def _batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(day: Day, name: str) -> str:
    return statement(f"reports/{name}" + ("_built" if day.source == "batch" else "_counted"))


def _span(day: Day) -> Mapping[str, Any]:
    return {
        "time_zone": day.time_zone,
        "day": day.day,
        "start": day.starts_at,
        "end": day.ends_at,
    }


def _hour(connection: Connection[Cursor], day: Day, hour: ClockHour) -> Iterator[tuple[Any, ...]]:
    whole = hour.starts_at.minute == 0 and hour.ends_at - hour.starts_at == HOUR
    built = day.source == "batch" and whole
    text = statement("reports/hour_built" if built else "reports/hour_counted")
    span = {"start": hour.starts_at, "end": hour.ends_at}
    return ((hour.starts_at, hour.local, *row) for row in streamed(connection, text, span))
