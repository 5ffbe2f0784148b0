"""What happens to the archive while somebody else is at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Thread
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.archiver import Archived, Archiver
from batch.archive.segments import Segment, archive_positions
from batch.archive.summaries import Summary, keep_summary
from batch.recount import sources
from clickledger.contract.rules import Rules
from clickledger.ledger.positions import OffsetRange
from clickledger.ledger.rules_versions import register_rules
from clickledger.mysql.connection import connected, fetch_all, transaction
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from tests.awaiting import await_that
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

TOPIC = "clicks"
GAP = Segment(OffsetRange(0, 0, 5), 1)
KEY = {"topic": TOPIC, "partition": 0, "start": 0}
FILLED = {**KEY, "end": 5, "records": 3, "bytes": 9, "kafka_time_min_ms": 1, "kafka_time_max_ms": 1}
CLOSED = {"by": "t", "reason": "t", "source": "t", "records": 3, "accepted": 3, "rejected": 0}
FOUND = Summary(records=3, accepted=3, clicks=7, hours={0: (3, 7)})
TABLES = (
    "stream_offsets",
    "stream_batches",
    "ledger_gaps",
    "archive_positions",
    "archive_segments",
    "archive_files",
    "archive_summaries",
    "archive_hours",
)


@pytest.fixture
def batch(deployed: Settings, admin: Connection[Cursor]) -> Iterator[Connection[Cursor]]:
    """The batch user's connection: partition 0 begins with a gap that is archived, as nothing."""
    with admin.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute(
            "INSERT INTO stream_offsets VALUES ('clicks', 0, 't', 0, 5, NULL, NULL, NULL, NULL, 1,"
            " UTC_TIMESTAMP(3)), ('clicks', 1, 't', 0, 9, NULL, NULL, NULL, NULL, 1,"
            " UTC_TIMESTAMP(3))"
        )
        cursor.execute(
            "INSERT INTO stream_batches VALUES ('clicks', 0, 0, 5, 1, 'g', 0, 0, 5, 0, 0, 0, NULL,"
            " NULL, NULL, NULL, 1, 'r', 'c', UTC_TIMESTAMP(3))"
        )
        cursor.execute(
            "INSERT INTO archive_positions VALUES ('clicks', 0, 't', 0, 5, UTC_TIMESTAMP(3))"
        )
        cursor.execute(
            "INSERT INTO archive_segments (topic, kafka_partition, start_offset, end_offset,"
            " rules_version, state, claimed_at, records, holes, bytes)"
            " VALUES ('clicks', 0, 0, 5, 1, 'archived', UTC_TIMESTAMP(3), 0, 5, 0)"
        )
        cursor.execute(
            "INSERT INTO ledger_gaps (topic, kafka_partition, start_offset, end_offset,"
            " rules_version, arrived_before_ms, accepted_at, accepted_by, reason)"
            " VALUES ('clicks', 0, 0, 5, 1, 1, UTC_TIMESTAMP(3), 't', 't')"
        )
    with connected(deployed, Role.BATCH) as connection:
        register_rules(connection, Rules())
        yield connection


def fill(cursor: Cursor) -> None:
    """What a backfill does to the archive, in its order."""
    cursor.execute(statement("archive/add_file"), ("f", TOPIC, 0, 0, 3, 9, "h"))
    assert cursor.execute(statement("archive/fill_segment"), FILLED) == 1
    cursor.execute(statement("archive/clear_summaries"), KEY)


def summaries(connection: Connection[Cursor]) -> list[dict[str, Any]]:
    text = "SELECT accepted, transforms_fingerprint AS form FROM archive_summaries"
    return fetch_all(connection, text)


def test_a_partition_that_came_after_the_cut_is_left_for_the_next(
    batch: Connection[Cursor], deployed: Settings
) -> None:
    settings = deployed.model_copy(update={"topic": TOPIC})
    assert Archiver(None, settings).up_to({0: 5}) == Archived()  # type: ignore[arg-type]
    assert archive_positions(batch, TOPIC) == {0: 5, 1: 0}


def test_a_summary_of_what_a_segment_held_before_is_not_kept(batch: Connection[Cursor]) -> None:
    assert keep_summary(batch, TOPIC, GAP, "form", Summary())
    with batch.cursor() as cursor:
        fill(cursor)
    assert not keep_summary(batch, TOPIC, GAP, "another form", Summary())
    assert summaries(batch) == []
    assert keep_summary(batch, TOPIC, GAP, "another form", FOUND)
    assert summaries(batch) == [{"accepted": 3, "form": "another form"}]


def test_a_summary_waits_for_a_backfill_that_is_under_way(
    batch: Connection[Cursor], deployed: Settings, server: Server
) -> None:
    kept: list[bool] = []

    def keep() -> None:
        with connected(deployed, Role.BATCH) as other:
            kept.append(keep_summary(other, TOPIC, GAP, "another form", Summary()))

    late = Thread(target=keep)
    with closing(server.admin()) as watcher, transaction(batch), batch.cursor() as cursor:
        fill(cursor)
        late.start()
        # The server renews what it tells here only when nobody has asked for a tenth of a second.
        await_that(
            lambda: is_waiting(watcher) or not late.is_alive(), "a wait for the lock", every_s=0.2
        )
    late.join()
    assert kept == [False]
    assert summaries(batch) == []


def is_waiting(connection: Connection[Cursor]) -> bool:
    text = "SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    return fetch_all(connection, text) != []


def test_a_gap_that_is_closed_while_it_is_counted_is_counted_again(
    batch: Connection[Cursor], deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[Summary] = []

    def count(records: object, rules: Rules) -> Summary:
        if not turns:
            with batch.cursor() as cursor:
                fill(cursor)
                cursor.execute(statement("ledger/close_gap"), {**KEY, **CLOSED, "clicks": 7})
        turns.append(FOUND if turns else Summary())
        return turns[-1]

    known: dict[str, Callable[..., object]] = {
        "summarised": count,
        "read_records": lambda spark, paths: None,
        "hashed": lambda spark, paths: dict.fromkeys(paths, (9, "h")),
    }
    for name, instead in known.items():
        monkeypatch.setattr(sources, name, instead)
    settings = deployed.model_copy(update={"topic": TOPIC})
    archive = sources.Archive(None, settings, "form")  # type: ignore[arg-type]
    archive.prepare(batch, {0: 5})
    assert turns == [Summary(), FOUND]
    assert summaries(batch) == [{"accepted": 3, "form": "form"}]
    held = fetch_all(batch, "SELECT events, clicks FROM archive_hours")
    assert held == [{"events": 3, "clicks": 7}]
