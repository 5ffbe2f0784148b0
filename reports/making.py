"""Fill the folder of a bundle: first the tables, then what is said of them, the manifest last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.failpoints import reach
from clickledger.progress import OnProgress
from reports.changes import Changes
from reports.day import Day
from reports.digests import digest_of
from reports.facts import Facts
from reports.manifest import NAME, SUMS_FILE, manifest_of, sums_text, write_json
from reports.page import write_page
from reports.reading import device_rows, hour_rows, type_rows
from reports.table_files import TableFile, table_writer
from reports.tables import FULL, HOURS, TOP, TYPES, Shape
from reports.top import Top
from reports.type_sums import HourSums, TypeSums
from reports.workbook import write_workbook


@dataclass(frozen=True, slots=True)
class Tables:
    """What was written of a day: ``figures`` is one digest over all that makes a version."""

    files: list[TableFile]
    types: TypeSums
    hours: HourSums
    top: pa.Table
    figures: str


def write_tables(
    connection: Connection[Cursor],
    day: Day,
    folder: Path,
    progress: OnProgress,
    *,
    exact_csv: bool,
) -> Tables:
    """Read a day in the caller's snapshot and write its tables."""
    files: list[TableFile] = []
    digests: list[str] = []

    def write(shape: Shape, batches: Any) -> None:
        with table_writer(folder, shape, exact_csv=exact_csv) as writer:
            for batch in batches:
                writer.write(batch)
        files.extend(writer.files)
        if shape is not TOP:
            digests.append(writer.digest)

    types = TypeSums()
    write(TYPES, _noted(type_rows(connection, day), types))
    hours = HourSums(types.names)
    write(HOURS, _noted(hour_rows(connection, day), hours))
    reach("day_read")
    top = Top()
    devices = _noted(device_rows(connection, day), top)
    write(FULL, _counted(devices, types.total("devices"), progress))
    best = top.table()
    write(TOP, best.to_batches())
    reach("tables_written")
    return Tables(files, types, hours, best, digest_of(digests))


def complete(
    folder: Path, facts: Facts, tables: Tables, changes: Changes | None, *, exact_csv: bool
) -> dict[str, Any]:
    """Write everything but the tables; the manifest, which is returned, is the last."""
    files = [*tables.files, *(changes.files if changes else ())]
    names = sorted([*(each.path for each in files), "report.xlsx", NAME])
    write_workbook(folder / "report.xlsx", facts)
    write_page(folder / "report.html", facts, changes, names)
    reach("before_manifest")
    manifest = manifest_of(facts, folder, files, tables.figures, exact_csv=exact_csv)
    write_json(folder / NAME, manifest)
    (folder / SUMS_FILE).write_bytes(sums_text(folder, manifest))
    return manifest


def _noted(batches: Any, notes: Top | TypeSums | HourSums) -> Any:
    for batch in batches:
        notes.add(batch)
        yield batch


def _counted(batches: Any, expected: int, progress: OnProgress) -> Any:
    done = 0
    for batch in batches:
        done += len(batch)
        progress(done, min(1.0, done / expected) if expected else None)
        yield batch
