"""Minute rows are read as they stand, whatever a hand has put into them."""

from __future__ import annotations

from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.recount.minutes import stored_minutes
from clickledger.clock import to_epoch_ms
from tests.stack.mysql.built_hours import HOUR
from tests.stack.mysql.minutes import MINUTE, Row, write_rows

pytestmark = pytest.mark.stack

START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
ODD = ["", '"', "a\tb", "a\tb\tc", "a\nb", "a\rb", "a\r\nb", "\r", "\n", "\t", "\\N", "NULL"]


def test_ids_that_no_event_has_come_through_unchanged(admin: Connection[Cursor]) -> None:
    """Each beside good rows, in a minute of its own and all in one."""
    odd = [Row(START + n * MINUTE, "tv", device, n, 1) for n, device in enumerate(ODD)]
    together = [
        Row(START + 59 * MINUTE, kind, device, 2, 3) for kind in ("", "tv") for device in ODD
    ]
    good = [Row(row.minute, "tv", "d", 7, 2) for row in (*odd, together[-1])]
    rows = [*odd, *together, *good]
    write_rows(admin, rows)
    found = stored_minutes(admin, START, START + HOUR).to_pylist()
    assert [tuple(row.values()) for row in found] == sorted(
        (to_epoch_ms(row.minute), *row[1:]) for row in rows
    )
