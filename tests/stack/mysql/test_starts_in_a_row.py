"""A driver that dies and dies waits longer and longer; one that worked starts at once again."""

from __future__ import annotations

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from lifecycle.launcher import next_start

pytestmark = pytest.mark.stack

RELEASE = {
    "name": "r",
    "folder": "/r",
    "python": "/r/python",
    "code_fingerprint": "0" * 64,
    "content_fingerprint": "0" * 64,
    "spark_version": "4",
    "contract_version": 1,
    "schema_min": 1,
    "schema_max": None,
    "by": "tests",
}


def starts(admin: Connection[Cursor], settings: Settings, wrote_minutes_ago: int | None) -> int:
    """Starts in a row before this one, of a writer that last began to write so long ago."""
    with admin.cursor() as cursor:
        cursor.execute(
            "UPDATE stream_slots SET wanted = 'writer', release_name = 'r', writing_at ="
            " UTC_TIMESTAMP(3) - INTERVAL %s MINUTE WHERE slot = 'a'",
            (wrote_minutes_ago,),
        )
    row = next_start(settings, "a")
    assert row is not None
    counted = fetch_one(admin, "SELECT starts FROM stream_slots WHERE slot = 'a'")
    assert counted == {"starts": row["starts"] + 1}
    return int(row["starts"])


def test_starts_count_until_one_of_them_worked(
    admin: Connection[Cursor], deployed: Settings
) -> None:
    with admin.cursor() as cursor:
        cursor.execute(statement("lifecycle/add_release"), RELEASE)
    found = [starts(admin, deployed, ago) for ago in (None, None, 1, 9, 11, None, 1)]
    assert found == [0, 1, 2, 3, 0, 1, 2]
