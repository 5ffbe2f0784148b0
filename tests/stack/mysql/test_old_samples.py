"""Of samples only old ones go, and never a range that was found to be wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.maintenance.items import Item, Kind, Work
from batch.maintenance.samples import Samples
from clickledger.mysql.connection import fetch_all
from clickledger.settings import Settings

pytestmark = pytest.mark.stack

NOW = datetime(2026, 1, 15, 12)  # noqa: DTZ001 - naive UTC, as the tables have it
KEPT = timedelta(days=30)
OLD, YOUNG = NOW - KEPT - timedelta(hours=1), NOW - KEPT


@pytest.fixture
def work(admin: Connection[Cursor], deployed: Settings) -> Work:
    """An old and a young sample of each kind, and an old one that was wrong."""
    with admin.cursor() as cursor:
        for table in ("rejected_events", "sampled_ranges"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.executemany(
            "INSERT INTO rejected_events (topic, kafka_partition, kafka_offset, reason, arrived_at,"
            " hour) VALUES ('clicks', 0, %s, 'bad_click', %s, %s)",
            [(1, OLD, OLD), (2, YOUNG, YOUNG)],
        )
        cursor.executemany(
            "INSERT INTO sampled_ranges VALUES ('clicks', 0, %s, %s, 1, 'r', 5, %s, %s, %s)",
            [(0, 5, None, OLD, OLD), (10, 15, None, YOUNG, YOUNG), (20, 25, "[]", OLD, OLD)],
        )
    return Work(admin, deployed.model_copy(update={"keep_samples": KEPT}), NOW, "a run")


def left(connection: Connection[Cursor]) -> tuple[list[datetime], list[int]]:
    rejected = fetch_all(connection, "SELECT hour FROM rejected_events ORDER BY hour")
    sampled = fetch_all(connection, "SELECT start_offset FROM sampled_ranges ORDER BY start_offset")
    return [row["hour"] for row in rejected], [row["start_offset"] for row in sampled]


def test_old_samples_go(work: Work) -> None:
    keeper, detail = Samples(), f"rows from before {NOW - KEPT}"
    assert list(keeper.items(work)) == [
        Item(Kind.SAMPLES, "rejected_events", detail, 1),
        Item(Kind.SAMPLES, "sampled_ranges", detail, 1),
    ]
    assert keeper.delete(work, "sampled_ranges") == ""
    assert left(work.connection) == ([OLD, YOUNG], [10, 20])
    assert keeper.delete(work, "rejected_events") == ""
    assert left(work.connection) == ([YOUNG], [10, 20])
    assert list(keeper.items(work)) == []


def test_none_goes_where_samples_are_kept(work: Work, deployed: Settings) -> None:
    kept = Work(work.connection, deployed.model_copy(update={"keep_samples": "off"}), NOW, "a run")
    assert list(Samples().items(kept)) == []
    assert Samples().delete(kept, "rejected_events") == "samples are kept"
    assert Samples().delete(work, "clicks_by_minute") == "samples are kept"
    assert left(work.connection) == ([OLD, YOUNG], [0, 10, 20])
