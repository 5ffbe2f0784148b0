"""What moved between two versions of a day, by how much, and why."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pymysql.connections import Connection
from pymysql.cursors import Cursor, SSCursor

from clickledger.clock import utc_text
from clickledger.mysql.statements import statement
from reports.day import Day, clock_hours
from reports.reading import ROWS_A_BATCH
from reports.registry import Export
from reports.table_files import TableFile, table_writer
from reports.tables import CHANGES, FIGURES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "400MB"
CORRECTIONS = pa.schema(
    [
        ("hour", pa.string()),
        ("device_type", pa.string()),
        ("device_id", pa.string()),
        ("cause", pa.string()),
        ("moves_books", pa.bool_()),
        ("clicks", pa.int64()),
        ("events", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Changes:
    """``summary`` counts the rows that moved by table and reason; ``files`` hold all of them."""

    summary: Sequence[Mapping[str, Any]]
    files: Sequence[TableFile]

    @property
    def rows(self) -> int:
        """How many moved."""
        return sum(row["rows"] for row in self.summary)

    @property
    def why(self) -> str:
        """All reasons."""
        return "; ".join(sorted({why for row in self.summary for why in row["why"].split("; ")}))


def keep_corrections(
    connection: Connection[Cursor], day: Day, since: Export | None, path: Path
) -> None:
    """Write what was corrected after a version was read, as the caller's snapshot sees it."""
    hours = list(clock_hours(day))
    starts = [hour.starts_at for hour in hours]
    known = [
        {"hour": name.removesuffix("Z").replace("T", " "), "correction": hour["correction"]}
        for name, hour in (since.hours if since else {}).items()
    ]
    asked = {"known": json.dumps(known), "start": day.starts_at, "end": day.ends_at}
    with pq.ParquetWriter(path, CORRECTIONS) as writer, connection.cursor(SSCursor) as cursor:
        if since is None:
            return
        cursor.execute(statement("reports/corrections_since"), asked)
        while rows := cursor.fetchmany(ROWS_A_BATCH):
            named = [
                (
                    utc_text(starts[bisect_right(starts, minute) - 1]),
                    *key,
                    bool(moves),
                    c,
                    e,
                )
                for minute, *key, moves, c, e in rows
            ]
            columns = [list(values) for values in zip(*named, strict=True)]
            writer.write_batch(pa.record_batch(columns, schema=CORRECTIONS))


def write_changes(
    target: Path, before: Path, after: Path, corrections: Path | None, *, exact_csv: bool
) -> Changes:
    """Compare the tables of two bundles' folders; files are written where something moved."""
    with _compared(before, after, corrections, target) as database:
        summary = _summary(database)
        if not summary:
            return Changes((), ())
        with table_writer(target, CHANGES, exact_csv=exact_csv) as writer:
            for batch in _batches(database):
                writer.write(batch)
    return Changes(summary, writer.files)


def read_changes(
    before: Path, after: Path, corrections: Path | None, scratch: Path
) -> Iterator[dict[str, Any]]:
    """The rows that moved, one after the other."""
    with _compared(before, after, corrections, scratch) as database:
        for batch in _batches(database):
            yield from batch.to_pylist()


@contextmanager
def _compared(
    before: Path, after: Path, corrections: Path | None, scratch: Path
) -> Iterator[DuckDBPyConnection]:
    import duckdb

    config: dict[str, Any] = {
        "memory_limit": MEMORY,
        "temp_directory": str(scratch / ".duckdb"),
        "threads": "2",
    }
    with duckdb.connect(config=config) as database:
        database.execute("SET TimeZone = 'UTC'")
        if corrections:  # as many as there are: DuckDB reads them from the file
            database.read_parquet(str(corrections)).create_view("corrections")
        else:
            database.register("corrections", CORRECTIONS.empty_table())
        database.execute(
            f"CREATE TABLE moved AS {statement('duckdb/moved')}", _files(before, after)
        )
        yield database


def _files(before: Path, after: Path) -> dict[str, list[str]]:
    return {
        f"{shape.name}_{which}": sorted(map(str, folder.glob(f"{shape.name}*.parquet")))
        for which, folder in (("before", before), ("after", after))
        for shape in FIGURES
    }


def _summary(database: DuckDBPyConnection) -> list[dict[str, Any]]:
    found = database.execute(statement("duckdb/moved_summary"))
    names = ("table", "why", "rows", "clicks_moved", "events_moved")
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _batches(database: DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
    for batch in database.sql("FROM moved").to_arrow_reader(ROWS_A_BATCH):
        yield pa.RecordBatch.from_arrays(
            [column.cast(field.type) for column, field in zip(batch, CHANGES.schema, strict=True)],
            schema=CHANGES.schema,
        )
