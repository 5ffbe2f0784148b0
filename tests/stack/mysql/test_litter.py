"""What no segment lists goes only where a listed one has its records: it may be the last copy."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.maintenance.archived import Litter
from batch.maintenance.items import Work
from clickledger.clock import utc_now
from clickledger.settings import Settings

pytestmark = pytest.mark.stack

NOW = utc_now()
OLD = NOW - timedelta(days=2)
# partition, start, end, whether it lists a file: deleted by age below 100; a loss or gap; a claim
SEGMENTS = ((0, 100, 200, True), (0, 200, 300, False), (0, 300, 400, True), (1, 100, 200, False))
POSITIONS = ((0, 100, 400), (1, 100, 100))  # partition, origin, next


def name(partition: int, start: int, attempt: str) -> str:
    return f"clicks/{partition}/{start:020d}-{attempt}"


@pytest.fixture
def work(admin: Connection[Cursor], deployed: Settings, tmp_path: Path) -> Work:
    """An archive with listed folders, in a folder."""
    with admin.cursor() as cursor:
        for table in ("archive_segments", "archive_files", "archive_positions"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.executemany(
            "INSERT INTO archive_positions VALUES ('clicks', %s, 'topic', %s, %s, NOW())", POSITIONS
        )
        for partition, start, end, has_file in SEGMENTS:
            cursor.execute(
                "INSERT INTO archive_segments (topic, kafka_partition, start_offset, end_offset,"
                " rules_version, state, claimed_at) VALUES ('clicks', %s, %s, %s, 1, %s, NOW())",
                (partition, start, end, "claimed" if partition else "archived"),
            )
            if has_file:
                path = f"{name(partition, start, 'listed')}/part.parquet"
                put(tmp_path, path.rpartition("/")[0], OLD)
                cursor.execute(
                    "INSERT INTO archive_files VALUES (%s, 'clicks', %s, %s, 1, 1, 'digest')",
                    (path, partition, start),
                )
    settings = deployed.model_copy(update={"archive_url": str(tmp_path), "topic": "clicks"})
    return Work(admin, settings, NOW, "a run")


def put(root: Path, folder: str, moment: datetime) -> None:
    """A folder with a file, as old as that."""
    file = root / folder / "part.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"twelve bytes")
    seconds = NOW.timestamp() - (NOW - moment).total_seconds()
    for each in (file, file.parent):
        os.utime(each, (seconds, seconds))


def test_only_what_is_held_elsewhere_is_litter(work: Work, tmp_path: Path) -> None:
    goes = [name(0, 0, "of-a-deleted-one"), name(0, 100, "died"), name(0, 350, "other-borders")]
    stays = [
        name(0, 200, "of-a-loss"),
        name(0, 400, "younger-than-the-dump"),
        name(1, 100, "under-way"),
        name(7, 0, "of-no-known-partition"),
        "clicks/0/named-otherwise",
    ]
    for folder in (*goes, *stays):
        put(tmp_path, folder, OLD)
    put(tmp_path, name(0, 100, "young"), NOW)

    assert [item.name for item in Litter().items(work)] == sorted(goes)
    assert [Litter().delete(work, folder) for folder in goes] == [""] * len(goes)
    assert {Litter().delete(work, folder) for folder in stays} == {
        "a segment lists it, or no other folder has its records"
    }
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("clicks/*/*")}
    listed = {name(0, 100, "listed"), name(0, 300, "listed"), name(0, 100, "young")}
    assert left == {*stays, *listed}
