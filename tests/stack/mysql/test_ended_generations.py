"""What ended drivers left is put away with a word of what it was; what may live stays."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import connected
from clickledger.settings import (
    ENDED_GENERATIONS_FOLDER,
    GENERATIONS_FOLDER,
    Role,
    Settings,
)
from lifecycle.ended_generations import SILENT_FOR_S, WORD, put_away

pytestmark = pytest.mark.stack

DRAINED, KILLED, FROZEN, JUST_ENDED, WRITER, STANDBY = (
    f"{number:08d}-0000-4000-8000-000000000000" for number in range(6)
)
GENERATION = """INSERT INTO stream_generations (generation, epoch, release_name, code_fingerprint,
    rules_version, start_offsets, started_at, ended_at, exit_code, end_reason)
    VALUES (%s, %s, 'r1', 'abc', 3, '{"0": 10}', %s, %s, 0, 'drained')"""
BATCH = """INSERT INTO stream_batches (topic, kafka_partition, start_offset, end_offset, epoch,
    generation, batch_id, records_read, holes, accepted, rejected, clicks, rules_version,
    release_name, code_fingerprint, applied_at)
    VALUES (%s, %s, %s, %s, %s, '', 0, 5, 0, 5, 0, 0, 3, 'r1', 'abc', '2026-01-01')"""
POSITION = """INSERT INTO stream_offsets (topic, kafka_partition, topic_id, origin_offset,
    next_offset, epoch, updated_at) VALUES (%s, %s, '', 10, %s, 9, '2026-01-01')"""
OPERATION = """INSERT INTO operations (token, action, asked_by, reason, plan, stage, state, result,
    started_at, stage_at, ended_at)
    VALUES (%s, %s, 'ann', 'a test', '{}', '', 'done', '{}', %s, %s, %s)"""


@pytest.fixture
def home(admin: Connection[Cursor], deployed: Settings, tmp_path: Path) -> Settings:
    """Six drivers' folders; the books know of five of them."""
    topic = deployed.topic
    rows: tuple[tuple[str, tuple[Any, ...]], ...] = (
        (GENERATION, (DRAINED, 4, "2026-01-01 10:00", "2026-01-01 11:00")),
        (GENERATION, (KILLED, 5, "2026-01-01 12:00", None)),
        (GENERATION, (FROZEN, 6, "2026-01-01 13:00", None)),
        (GENERATION, (WRITER, 9, "2026-01-01 14:00", None)),
        (BATCH, (topic, 0, 10, 15, 3)),
        (BATCH, (topic, 0, 15, 20, 4)),
        (BATCH, (topic, 0, 20, 25, 9)),
        (BATCH, (topic, 1, 10, 15, 9)),
        (POSITION, (topic, 0, 25)),
        (POSITION, (topic, 1, 15)),
        (OPERATION, ("t1", "deploy", "2026-01-01 09:59", "2026-01-01 10:01", "2026-01-01 10:02")),
        (OPERATION, ("t2", "drain", "2026-01-01 10:59", "2026-01-01 11:00", None)),
    )
    with admin.cursor() as cursor:
        for table in ("stream_generations", "stream_batches", "stream_offsets", "operations"):
            cursor.execute(f"DELETE FROM {table}")
        for text, values in rows:
            cursor.execute(text, values)
        cursor.execute(GENERATION, (JUST_ENDED, 7, "2026-01-01 13:00", None))
        cursor.execute("UPDATE stream_generations SET ended_at = UTC_TIMESTAMP(3) WHERE epoch = 7")
        cursor.execute("UPDATE stream_fence SET epoch = 9")
    long_ago = time.time() - SILENT_FOR_S - 1
    for name in (DRAINED, KILLED, FROZEN, JUST_ENDED, WRITER, STANDBY):
        folder = tmp_path / GENERATIONS_FOLDER / name
        (folder / "offsets").mkdir(parents=True)
        if name != FROZEN:
            for path in (folder / "offsets", folder):
                os.utime(path, (long_ago, long_ago))
    return deployed.model_copy(update={"home": tmp_path})


def names(folder: Path) -> set[str]:
    """Of what is in it."""
    return {path.name for path in folder.iterdir()}


def test_what_has_ended_is_put_away_with_its_word(home: Settings) -> None:
    with connected(home, Role.OPERATOR) as connection:
        moved = put_away(connection, home)
        assert put_away(connection, home) == []
    ended = home.home / ENDED_GENERATIONS_FOLDER
    assert moved == [ended / DRAINED, ended / KILLED]
    assert names(home.home / GENERATIONS_FOLDER) == {FROZEN, JUST_ENDED, WRITER, STANDBY}
    assert names(ended) == {DRAINED, KILLED}
    assert (ended / DRAINED / "offsets").is_dir()
    assert json.loads((ended / DRAINED / WORD).read_text()) == {
        "generation": DRAINED,
        "epoch": 4,
        "release_name": "r1",
        "code_fingerprint": "abc",
        "rules_version": 3,
        "start_offsets": {"0": 10},
        "next_offsets": {"0": 20},
        "started_at": "2026-01-01T10:00:00Z",
        "ended_at": "2026-01-01T11:00:00Z",
        "exit_code": 0,
        "end_reason": "drained",
        "started_by": {
            "token": "t1",
            "action": "deploy",
            "asked_by": "ann",
            "reason": "a test",
        },
        "ended_by": {"token": "t2", "action": "drain", "asked_by": "ann", "reason": "a test"},
    }
    killed = json.loads((ended / KILLED / WORD).read_text())
    assert (killed["ended_at"], killed["ended_by"]) == (None, None)


def test_a_folder_that_cannot_be_moved_waits_for_the_next_look(home: Settings) -> None:
    """Something stands where the folder should go: the others are put away, nothing is raised."""
    taken = home.home / ENDED_GENERATIONS_FOLDER / DRAINED / "taken"
    taken.mkdir(parents=True)
    with connected(home, Role.OPERATOR) as connection:
        assert [path.name for path in put_away(connection, home)] == [KILLED]
        taken.rmdir()
        assert [path.name for path in put_away(connection, home)] == [DRAINED]
