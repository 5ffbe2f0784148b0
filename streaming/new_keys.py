"""Write minute rows and find out exactly how many keys were new, per (minute, type).

``devices`` of a type row is the number of its minute rows, so each batch must know which keys it
adds. The servers tell only how many rows a statement affected (1 an insert, 2 an update that
changes something, and each of ours does): new = 2 x rows - affected, for a whole statement. So a
statement carries whole groups where groups are large; where a statement mixes small groups and
only some of its rows are new, its rows are looked up once: a row is new exactly when what is
stored equals what was just added, because a stored row always has events > 0.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

import pyarrow as pa
from pymysql.cursors import Cursor

from clickledger.mysql import literals
from clickledger.mysql.statements import statement

Group: TypeAlias = tuple[int, str]  # (minute_ms, device_type)
ROWS_A_STATEMENT = 4_000  # 2-5 thousand measured best on both servers
OWN_STATEMENT_ROWS = 200  # a group of this size gets statements of its own


def add_minutes(cursor: Cursor, minutes: pa.Table) -> Counter[Group]:
    """Add ``minutes`` (``CountedBatch.minutes``) to the table; returns new keys per group."""
    new: Counter[Group] = Counter()
    values = literals.rows(
        [
            literals.moment(minutes["minute_ms"]),
            literals.text(minutes["device_type"]),
            literals.text(minutes["device_id"]),
            literals.number(minutes["clicks"]),
            literals.number(minutes["events"]),
        ]
    )
    groups = list(
        zip(minutes["minute_ms"].to_pylist(), minutes["device_type"].to_pylist(), strict=True)
    )
    for start, end in chunks(groups):
        affected = cursor.execute(
            statement("sink/add_minutes").replace("{rows}", ",".join(values[start:end]))
        )
        added = 2 * (end - start) - affected
        if added == end - start:
            new.update(groups[start:end])
        elif groups[start] == groups[end - 1]:
            new[groups[start]] += added
        elif added:
            found = _new_among(cursor, minutes.slice(start, end - start))
            new.update(groups[start + place] for place in found)
    return new


def chunks(groups: list[Group]) -> Iterator[tuple[int, int]]:
    """Cut sorted rows into statements: large groups alone, small ones together."""
    start = 0
    for first, end in _runs(groups):
        if end - first >= OWN_STATEMENT_ROWS:
            if start < first:
                yield start, first
            for cut in range(first, end, ROWS_A_STATEMENT):
                yield cut, min(cut + ROWS_A_STATEMENT, end)
            start = end
        elif end - start >= ROWS_A_STATEMENT:
            yield start, end
            start = end
    if start < len(groups):
        yield start, len(groups)


def _runs(groups: list[Group]) -> Iterator[tuple[int, int]]:
    start = 0
    for index in range(1, len(groups) + 1):
        if index == len(groups) or groups[index] != groups[start]:
            yield start, index
            start = index


def _new_among(cursor: Cursor, rows: pa.Table) -> list[int]:
    """The places, from 0, of the rows that were not there before."""
    stamps = literals.stamp(rows["minute_ms"])
    columns = (stamps, rows["device_type"], rows["device_id"], rows["events"])
    keys = zip(*(column.to_pylist() for column in columns), strict=True)
    cursor.execute(statement("sink/which_are_new"), (json.dumps(list(keys)),))
    return [place - 1 for (place,) in cursor.fetchall()]
