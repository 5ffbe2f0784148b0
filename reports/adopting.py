"""A bundle that was put in its place, and whose process died before it could write that down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from reports.manifest import RUN, as_json, listed_files, read_manifest
from reports.registry import Export, exports_of, write_export
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


def signed(document: dict[str, Any]) -> dict[str, Any]:
    """With a digest over all the rest: no manifest lists this file."""
    return {**document, "sha256": hashlib.sha256(as_json(document).encode()).hexdigest()}


def run_is_whole(folder: Path) -> bool:
    """Whether ``run.json`` is as it was written, or was left away."""
    path = folder / RUN
    if not path.exists():
        return True
    text = path.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
        document.pop("sha256")
    except (ValueError, KeyError, AttributeError):
        return False
    return text == as_json(signed(document))


def adopt(connection: Connection[Cursor], shelf: Shelf, time_zone: str, day: date) -> None:
    """Write rows for the versions of a day that stand on the shelf and have none."""
    known = {each.version for each in exports_of(connection, time_zone, day)}
    for version in shelf.versions(day):
        folder = shelf.bundle(day, version)
        if version not in known and (found := _row(folder)) and found.time_zone == time_zone:
            write_export(connection, found, listed_files(read_manifest(folder)))


def _row(folder: Path) -> Export | None:
    try:
        kept = json.loads((folder / RUN).read_text(encoding="utf-8"))["export"]
    except (OSError, ValueError, KeyError):
        return None  # a copy from elsewhere
    times = {name: datetime.fromisoformat(kept[name]) for name in TIMES}
    return Export(**{**kept, **times, "day": date.fromisoformat(kept["day"])})


def _times(row: Export) -> dict[str, str]:
    return {name: getattr(row, name).isoformat() for name in TIMES}
