"""Corrections go through in transactions of bounded size; each bumps the version of the hour."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct import corrections
from batch.correct.corrections import rebuild_types
from batch.correct.ownership import own
from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import fetch_all
from tests.stack.mysql.built_hours import write_hours
from tests.stack.mysql.minutes import random_rows

pytestmark = pytest.mark.stack

HOUR = datetime(2026, 1, 15, 9)  # noqa: DTZ001 - naive UTC, as the tables have it
TYPE_ROWS = "SELECT * FROM type_clicks_by_minute ORDER BY minute, device_type"


def test_type_rows_are_rebuilt_some_at_a_time(
    admin: Connection[Cursor], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    write_hours(admin, random_rows(random.Random(seed), HOUR, 60, 90), {HOUR: "reconciled"})
    own(admin, "a run", [HOUR])
    expected = fetch_all(admin, TYPE_ROWS)
    with admin.cursor() as cursor:
        cursor.execute("UPDATE type_clicks_by_minute SET clicks = clicks + 1, devices = 0")
    groups = [(to_epoch_ms(row["minute"]), row["device_type"]) for row in expected]
    monkeypatch.setattr(corrections, "ROWS_A_TRANSACTION", 10)
    bumps = rebuild_types(admin, "a run", HOUR, groups)
    assert bumps == -(-len(groups) // 10)
    assert fetch_all(admin, TYPE_ROWS) == expected
    found = fetch_all(admin, "SELECT state, version FROM hours")
    assert found == [{"state": "reopened", "version": 1 + bumps}]
