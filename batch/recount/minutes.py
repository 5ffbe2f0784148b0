"""Minute rows as Arrow tables: how the three counts of an hour are held and read from MySQL."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement

KEY = ["minute_ms", "device_type", "device_id"]
SCHEMA = pa.schema(
    [
        ("minute_ms", pa.int64()),
        ("device_type", pa.string()),
        ("device_id", pa.string()),
        ("clicks", pa.int64()),
        ("events", pa.int64()),
    ]
)
PACKED = ("device_id", "clicks", "events")
LONGEST_PACK = (
    16 << 20
)  # bytes; both servers' default packet holds it. Longer groups are read plain


def empty_minutes() -> pa.Table:
    """No rows, the right columns."""
    return SCHEMA.empty_table()


def summed(minutes: pa.Table) -> pa.Table:
    """One row a key, in the order of the primary key."""
    total = minutes.group_by(KEY).aggregate([("clicks", "sum"), ("events", "sum")])
    named = total.rename_columns({"clicks_sum": "clicks", "events_sum": "events"})
    return named.select(SCHEMA.names).cast(SCHEMA).sort_by([(name, "ascending") for name in KEY])


def within(minutes: pa.Table, start_ms: int, end_ms: int) -> pa.Table:
    """The rows of ``start_ms <= minute < end_ms``."""
    minute = minutes["minute_ms"]
    inside = pc.and_(pc.greater_equal(minute, start_ms), pc.less(minute, end_ms))
    return minutes.filter(inside)


def totals(minutes: pa.Table) -> tuple[int, int]:
    """(clicks, events) of all rows."""
    sums = [pc.sum(minutes[name]).as_py() or 0 for name in ("clicks", "events")]
    return sums[0], sums[1]


def stored_minutes(connection: Connection[Cursor], start: datetime, end: datetime) -> pa.Table:
    """Rows of ``clicks_by_minute`` as the connection's transaction sees them, in key order."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION group_concat_max_len = %s", (LONGEST_PACK,))
    groups = fetch_all(connection, statement("batch/packed_minutes"), (start, end))
    packed = [group for group in groups if _is_whole(group)]
    odd = [group for group in groups if not _is_whole(group)]
    tables = [empty_minutes(), _unpacked(packed), *(_plain(connection, group) for group in odd)]
    return summed(pa.concat_tables(tables))


def _is_whole(group: dict[str, Any]) -> bool:
    """Whether the text is what rows of ours pack to: not cut, no tab or end of a line in an id."""
    packed, rows = group["packed"], group["devices"]
    if packed is None or packed.count("\n") != rows - 1 or packed.count("\t") != 2 * rows:
        return False
    return "\r" not in packed and all(line.count("\t") == 2 for line in packed.split("\n"))


def _unpacked(groups: list[dict[str, Any]]) -> pa.Table:
    if not groups:
        return empty_minutes()
    found = csv.read_csv(
        io.BytesIO("\n".join(group["packed"] for group in groups).encode()),
        read_options=csv.ReadOptions(column_names=list(PACKED), use_threads=False),
        parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=csv.ConvertOptions(column_types={n: SCHEMA.field(n).type for n in PACKED}),
    )
    of_group = np.repeat(np.arange(len(groups)), [group["devices"] for group in groups])
    minutes = pa.array([to_epoch_ms(group["minute"]) for group in groups]).take(of_group)
    types = pa.array([group["device_type"] for group in groups]).take(of_group)
    return pa.table([minutes, types, *(found[name] for name in PACKED)], schema=SCHEMA)


def _plain(connection: Connection[Cursor], group: dict[str, Any]) -> pa.Table:
    key = (group["minute"], group["device_type"])
    rows = fetch_all(connection, statement("batch/plain_minutes"), key)
    same = {"minute_ms": to_epoch_ms(group["minute"]), "device_type": group["device_type"]}
    return pa.Table.from_pylist([{**same, **row} for row in rows], SCHEMA)
