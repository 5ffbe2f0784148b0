"""What a driver takes over of the reject limit: the newest records of its topic, however thin."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import TooManyRejectsError
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from streaming.starting import read_reject_limit
from tests.unit.streaming.batches import batch, part

pytestmark = pytest.mark.stack
WINDOW = 3_000
ADD = """INSERT INTO stream_batches VALUES (%(topic)s, %(partition)s, %(start)s,
    %(start)s + %(read)s + %(holes)s, 1, 'generation', 0, %(read)s, %(holes)s,
    %(read)s - %(rejected)s, %(rejected)s, 0, NULL, NULL, NULL, NULL, 1, 'release', 'code',
    TIMESTAMP('2026-01-01') + INTERVAL %(second)s SECOND)"""
ALLOW = """INSERT INTO reject_allowances VALUES ('t', 'clicks', 1, %s, %s, 'tests', 'known',
    UTC_TIMESTAMP(3))"""


def applied(
    second: int, read: int, rejected: int, topic: str = "clicks", partition: int = 0, holes: int = 0
) -> dict[str, object]:
    """A batch that was applied in that second."""
    return {
        "topic": topic,
        "partition": partition,
        "start": second * 100_000,
        "second": second,
        "read": read,
        "holes": holes,
        "rejected": rejected,
    }


@pytest.fixture(autouse=True)
def _empty(admin: Connection[Cursor]) -> None:
    with admin.cursor() as cursor:
        for table in ("stream_batches", "reject_allowances"):
            cursor.execute(f"DELETE FROM {table}")


def add(connection: Connection[Cursor], batches: Iterable[dict[str, object]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(ADD, list(batches))


def rows(connection: Connection[Cursor]) -> list[tuple[int, int]]:
    found = fetch_all(
        connection, statement("stream/recent_batches"), {"topic": "clicks", "window": WINDOW}
    )
    return [(row["records_read"], row["rejected"]) for row in found]


def test_batches_of_one_record_fill_the_window(admin: Connection[Cursor]) -> None:
    add(admin, (applied(n, 1, n % 2) for n in range(WINDOW + 10)))
    add(admin, (applied(n, 0, 0, partition=1, holes=1) for n in range(WINDOW + 10)))
    assert rows(admin) == [(1, n % 2) for n in reversed(range(10, WINDOW + 10))]


def test_the_batch_at_the_windows_end_is_the_last_one(admin: Connection[Cursor]) -> None:
    add(admin, [applied(n, 1_000, n) for n in range(5)])
    assert rows(admin) == [(1_000, 4), (1_000, 3), (1_000, 2)]


def test_another_topic_and_what_was_let_pass_are_not_in_it(admin: Connection[Cursor]) -> None:
    add(
        admin,
        [
            applied(1, 10, 1),
            applied(2, 90_000, 90_000, partition=1),
            applied(3, 20, 2),
            applied(4, 90_000, 90_000, topic="other"),
            applied(5, 30, 3, partition=1),
        ],
    )
    with admin.cursor() as cursor:
        cursor.execute(ALLOW, (200_000, 500_010))  # all of the second, a third of the last one
    assert rows(admin) == [(30, 3), (20, 2), (10, 1)]


def test_a_driver_goes_on_where_the_last_one_stood(
    admin: Connection[Cursor], deployed: Settings
) -> None:
    """With one more bad record the window would be half bad, and halts; a good one passes."""
    settings = deployed.model_copy(update={"reject_window_records": WINDOW})
    add(admin, [applied(0, 90_000, 0), *(applied(n, 1, 1) for n in range(1, WINDOW // 2))])
    with connected(settings, Role.STREAM) as connection:
        limit = read_reject_limit(connection, settings)
    limit.check(batch(part(0, 1)))
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(0, 1, rejected=1)))


def test_only_the_newest_rows_are_looked_at(admin: Connection[Cursor]) -> None:
    add(admin, (applied(n, 1, 0) for n in range(2 * WINDOW)))
    with admin.cursor() as cursor:
        cursor.execute("ANALYZE TABLE stream_batches")
    text = f"EXPLAIN FORMAT=TRADITIONAL {statement('stream/recent_batches')}"
    steps = fetch_all(admin, text, {"topic": "clicks", "window": WINDOW})
    assert [step["key"] for step in steps if step["table"] == "b"] == ["by_applied_at"]
