"""Hours go through in chunks of about as many minute rows, whether they stand already or not."""

from __future__ import annotations

from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.recount.counting import ROWS_A_CHUNK, chunks
from tests.stack.mysql.built_hours import HOUR

pytestmark = pytest.mark.stack

START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the tables have it
HOURS = [START + n * HOUR for n in range(6)]
FULL = ROWS_A_CHUNK // 2
TOPIC = "clicks"


@pytest.fixture(autouse=True)
def _empty(admin: Connection[Cursor]) -> None:
    with admin.cursor() as cursor:
        for table in ("type_clicks_by_minute", "archive_hours"):
            cursor.execute(f"DELETE FROM {table}")


def count(connection: Connection[Cursor], hour: datetime, rows: int, events: int) -> None:
    """An hour with so many minute rows, in two minutes."""
    with connection.cursor() as cursor:
        for minute, some in ((0, rows // 2), (59, rows - rows // 2)):
            row = (hour.replace(minute=minute), events // 2, some)
            text = "INSERT INTO type_clicks_by_minute VALUES (%s, 'tv', 0, %s, %s)"
            cursor.execute(text, row)


def archive(
    connection: Connection[Cursor], hour: datetime, events: int, topic: str = TOPIC
) -> None:
    """Two segments that hold so many events of an hour; by other rules they hold one each."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO archive_hours VALUES (%s, %s, 0, %s, %s, 'f', %s, 0)",
            [
                (hour, topic, start, rules, events // 2 if rules == 2 else 1)
                for start in (0, 100)
                for rules in (1, 2)
            ],
        )


def test_hours_of_many_minute_rows_are_parted(admin: Connection[Cursor]) -> None:
    for hour in HOURS[:4]:
        count(admin, hour, FULL, FULL * 7)
    assert list(chunks(admin, TOPIC, HOURS)) == [HOURS[:2], HOURS[2:]]
    assert list(chunks(admin, TOPIC, [])) == []


def test_hours_of_which_nothing_stands_are_parted_by_what_is_archived(
    admin: Connection[Cursor],
) -> None:
    """Wholly rejected so far, or dropped: a row an event, at most."""
    for hour in HOURS:
        archive(admin, hour, FULL)
    archive(admin, HOURS[0], 10 * FULL, "another topic")
    assert list(chunks(admin, TOPIC, HOURS)) == [HOURS[:2], HOURS[2:4], HOURS[4:]]


def test_what_is_archived_beyond_what_is_counted_has_rows_in_proportion(
    admin: Connection[Cursor],
) -> None:
    """Half of it is rejected so far, but for the last two hours."""
    for hour in HOURS:
        count(admin, hour, FULL // 2, FULL * 7)
        archive(admin, hour, 2 * FULL * 7 if hour < HOURS[4] else FULL * 7)
    assert list(chunks(admin, TOPIC, HOURS)) == [HOURS[:2], HOURS[2:4], HOURS[4:]]
