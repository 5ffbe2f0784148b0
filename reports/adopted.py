"""A bundle that was put in its place, and whose process died before it could write that down."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from reports.manifest import RUN, listed_files, read_manifest
from reports.registry import Export, exports_of, write_export
from reports.run_file import run_is_whole, signed
from reports.shelf import Shelf

TIMES = ("read_at", "published_at")


def kept_run(row: Export, rows_per_s: int) -> dict[str, Any]:
    """``run.json``: the row of ``exports``, and where and how fast it was made."""
    import platform

    return signed(
        {
            "host": platform.node(),
            "python": platform.python_version(),
            "rowsPerSecond": rows_per_s,
            "export": asdict(row) | {"day": row.day.isoformat()} | _times(row),
        }
    )


def adopt(connection: Connection[Cursor], shelf: Shelf, time_zone: str, day: date) -> None:
    """Write rows for the versions of a day that stand on the shelf and have none."""
    known = {each.version for each in exports_of(connection, time_zone, day)}
    for version in shelf.versions(day):
        folder = shelf.bundle(day, version)
        if version not in known and (found := _row(folder)) and found.time_zone == time_zone:
            write_export(connection, found, listed_files(read_manifest(folder)))


def _row(folder: Path) -> Export | None:
    path = folder / RUN
    if not path.exists() or not run_is_whole(folder):
        return None  # a copy from elsewhere, or damaged: `verify` says so
    kept = json.loads(path.read_text(encoding="utf-8"))["export"]
    times = {name: datetime.fromisoformat(kept[name]) for name in TIMES}
    return Export(**{**kept, **times, "day": date.fromisoformat(kept["day"])})


def _times(row: Export) -> dict[str, str]:
    return {name: getattr(row, name).isoformat() for name in TIMES}
