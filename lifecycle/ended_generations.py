"""Checkpoints of drivers that have ended: put away, each with a word of what it was.

No driver ever reads one again: every start is a new generation from the ledger (protocol P2). They
are kept for people, as long as the settings say; maintenance deletes them.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_text
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import ENDED_GENERATIONS_FOLDER, GENERATIONS_FOLDER, Settings

WORD = "generation.json"
SILENT_FOR_S = 600.0  # a driver that left no word may be frozen, and wake up


def put_away(connection: Connection[Cursor], settings: Settings) -> list[Path]:
    """Move what ended drivers left to its own folder; where each now is.

    Safe to run twice, and by two at once.
    """
    running, ended = (
        settings.home / name for name in (GENERATIONS_FOLDER, ENDED_GENERATIONS_FOLDER)
    )
    moved = []
    for folder in sorted(running.iterdir()) if running.is_dir() else ():
        row = fetch_one(connection, statement("lifecycle/ended_generation"), (folder.name,))
        if row is None:
            continue
        with suppress(OSError):  # another one was quicker, or the disk is full: the next look does
            if row["ended_at"] is None and not _is_silent(folder):
                continue
            word = json.dumps(_word(connection, settings.topic, row), indent=2)
            (folder / WORD).write_text(word + "\n", encoding="utf-8")
            ended.mkdir(mode=0o700, exist_ok=True)
            moved.append(folder.rename(ended / folder.name))
    return moved


def _is_silent(folder: Path) -> bool:
    times = [path.stat().st_mtime for path in (folder, *folder.glob("*"))]
    return max(times) < time.time() - SILENT_FOR_S


def _word(connection: Connection[Cursor], topic: str, row: dict[str, Any]) -> dict[str, Any]:
    """Which release, from where to where, and who wanted its beginning and its end."""
    where = {"topic": topic, "epoch": row["epoch"]}
    offsets = fetch_all(connection, statement("lifecycle/offsets_after_epoch"), where)
    return {
        **{name: _plain(value) for name, value in row.items()},
        "start_offsets": json.loads(row["start_offsets"]),
        "next_offsets": {
            str(each["kafka_partition"]): each["next_offset"]
            for each in offsets
            if each["next_offset"] is not None
        },
        "started_by": _operation_at(connection, row["started_at"]),
        "ended_by": _operation_at(connection, row["ended_at"]),
    }


def _operation_at(connection: Connection[Cursor], at: datetime | None) -> dict[str, Any] | None:
    """``None``: nobody asked for it, the supervisor or a crash did it."""
    return fetch_one(connection, statement("lifecycle/operation_at"), {"at": at})


def _plain(value: Any) -> Any:
    return utc_text(value) if isinstance(value, datetime) else value
