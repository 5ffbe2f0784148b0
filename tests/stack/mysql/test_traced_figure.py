"""A figure is compared with its records of the same moment, though the stream goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.trace import from_figure
from batch.trace.from_figure import trace_figure
from clickledger.clock import to_epoch_ms
from clickledger.contract.rules import Rules
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange
from clickledger.ledger.rules_versions import register_rules
from clickledger.mysql.connection import connected, fetch_one
from clickledger.settings import Role, Settings
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

MINUTE = datetime(2026, 1, 15, 9, 30)  # noqa: DTZ001 - naive UTC, as the tables have it
START_MS = to_epoch_ms(MINUTE)


class Log:
    """A topic whose only partition is full of one device's clicks, one each."""

    topic = "clicks"

    def stable_ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """Five of them."""
        return dict.fromkeys(partitions, 5)

    def records(self, span: OffsetRange) -> Iterator[Any]:
        """All in one minute."""
        for offset in range(span.start, span.end):
            yield SimpleNamespace(
                offset=offset,
                timestamp=START_MS + offset,
                timestamp_type=1,
                value=f"d|tv|{START_MS + offset}|1".encode(),
            )


def apply(connection: Connection[Cursor], start: int, end: int, rules_version: int) -> None:
    """What the stream's transaction does for a range of these records."""
    count = end - start
    times = (START_MS + start, START_MS + end - 1)
    connection.begin()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stream_batches VALUES ('clicks', 0, %s, %s, 1, 'g', 0, %s, 0, %s, 0, %s,"
            " %s, %s, %s, %s, %s, 'r', 'c', UTC_TIMESTAMP(3))",
            (start, end, count, count, count, *times, *times, rules_version),
        )
        cursor.execute(
            "INSERT INTO stream_offsets VALUES ('clicks', 0, 't', 0, %s, NULL, NULL, NULL, NULL, 1,"
            " UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset)",
            (end,),
        )
        cursor.execute(
            "INSERT INTO clicks_by_minute VALUES (%s, 'tv', 'd', %s, %s) ON DUPLICATE KEY UPDATE"
            " clicks = clicks + VALUES(clicks), events = events + VALUES(events)",
            (MINUTE, count, count),
        )
    connection.commit()


def test_what_is_counted_while_it_is_traced_is_not_counted_yet(
    server: Server, deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(server.admin(deployed.mysql_database)) as stream:
        version = register_rules(stream, Rules())
        apply(stream, 0, 2, version)

        def figure_then_a_batch(*asked: Any) -> Any:
            found = fetch_one(*asked)
            apply(stream, 2, 4, version)
            return found

        monkeypatch.setattr(from_figure, "fetch_one", figure_then_a_batch)
        log: Any = Log()
        kafka: TopicLog = log
        with connected(deployed, Role.READER) as connection:
            found = trace_figure(connection, deployed, kafka, (MINUTE, "tv", "d"))
    assert [(each.record.topic, each.verdict) for each in found.records] == [
        *[("clicks", "counted")] * 2,
        *[("clicks", "not counted yet")] * 3,
    ]
    assert (found.figure, found.counted, found.explained) == ((2, 2), (2, 2), True)
