"""While somebody operates on the stream, watching keeps no incident and spends no restart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.settings import Settings
from lifecycle.health import Verdict
from lifecycle.verbs import verbs_of
from lifecycle.watch import watch

pytestmark = pytest.mark.stack

SILENT = """UPDATE stream_state SET state = 'running', epoch = 1, desired_state = 'running',
    release_name = 'r', heartbeat_at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR"""
OPERATION = """INSERT INTO operations (token, action, asked_by, reason, plan, stage, state,
    started_at, stage_at) VALUES ('t', 'reset', 'ann', 'why', '{}', 'killing', 'running',
    UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"""
HELD = """UPDATE operation_lock SET token = 't', holder = 'h',
    expires_at = UTC_TIMESTAMP(3) + INTERVAL %s SECOND"""


@pytest.fixture
def silent(admin: Connection[Cursor], deployed: Settings) -> Iterator[Settings]:
    """A stream that nobody has heard of for an hour, and an operation on it."""
    with admin.cursor() as cursor:
        cursor.execute(SILENT)
        cursor.execute(OPERATION)
    yield deployed
    with admin.cursor() as cursor:
        for table in ("incidents", "operations"):
            cursor.execute(f"DELETE FROM {table}")


def test_an_operation_in_hand(admin: Connection[Cursor], silent: Settings) -> None:
    with admin.cursor() as cursor:
        cursor.execute(HELD, (60,))
    found = watch(silent, verbs_of(silent))
    assert (found.health.verdict, found.is_telling) == (Verdict.STUCK, False)
    assert found.did == "nothing: reset by ann is under way"
    assert fetch_all(admin, "SELECT id FROM incidents") == []


def test_an_actor_that_died(admin: Connection[Cursor], silent: Settings) -> None:
    with admin.cursor() as cursor:
        cursor.execute(HELD, (-60,))
    found = watch(silent, verbs_of(silent))
    assert (found.health.verdict, found.is_telling) == (Verdict.STUCK, True)
    rows = fetch_all(admin, "SELECT verdict, restarts FROM incidents")
    assert rows == [{"verdict": "stuck", "restarts": 1}]
