"""Two drivers that start at once: the later one's word stands, wherever the earlier one stalls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import StaleWriterError
from clickledger.kafka.topic_log import LogBounds, TopicDescription, TopicLog
from clickledger.ledger.fence import IDLE_S
from clickledger.ledger.positions import OffsetRange, RecordIdentity, read_positions
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.settings import Role, Settings
from streaming.takeover import Identity, take_over
from streaming.transaction import commit_batch
from tests.unit.streaming.batches import batch, part

pytestmark = pytest.mark.stack
PARTITIONS = (0, 1)
LAST = RecordIdentity(9, None, 0, b"")  # as ``batches.part`` has it


@dataclass
class MadeUpLog:
    """A topic of two partitions; ``asked`` is called when its checks begin."""

    topic: str
    asked: Callable[[], object] = lambda: None

    def describe(self) -> TopicDescription:
        self.asked()
        return TopicDescription("topic", PARTITIONS, "delete", log_append_time=True)

    def bounds(self, partitions: Iterable[int]) -> dict[int, LogBounds]:
        return dict.fromkeys(partitions, LogBounds(0, 10))

    def last_record(self, span: OffsetRange) -> RecordIdentity | None:
        return LAST


def who(name: str) -> Identity:
    return Identity(name * 36, release=name, code_fingerprint=name * 64, rules_version=1)


def log_of(settings: Settings, asked: Callable[[], object] = lambda: None) -> TopicLog:
    return cast(TopicLog, MadeUpLog(settings.topic, asked))


def generations(connection: Connection[Cursor]) -> list[str]:
    rows = fetch_all(connection, "SELECT release_name FROM stream_generations ORDER BY epoch")
    return [row["release_name"] for row in rows]


def test_a_driver_that_stalls_in_its_checks_writes_nothing_over_the_newer_one(
    deployed: Settings,
) -> None:
    """The very first start: both would have begun the partitions' rows, too."""
    with connected(deployed, Role.STREAM) as late, connected(deployed, Role.STREAM) as newer:
        taken = []

        def stall() -> None:
            taken.append(take_over(newer, log_of(deployed), deployed, who("b"))[0])

        with pytest.raises(StaleWriterError, match="no longer owns the stream"):
            take_over(late, log_of(deployed, stall), deployed, who("a"))
        state = fetch_one(newer, "SELECT epoch, release_name FROM stream_state")
        assert state == {"epoch": taken[0].epoch, "release_name": "b"}
        assert generations(newer) == ["b"]
        assert tuple(read_positions(newer, deployed.topic)) == PARTITIONS


def test_a_commit_leaves_the_connection_as_it_was(deployed: Settings) -> None:
    """Its short patience ends with the transaction, also when there was nothing left to do."""
    with connected(deployed, Role.STREAM) as connection:
        writer, _ = take_over(connection, log_of(deployed), deployed, who("c"))
        counted = batch(part(0, 10, rejected=10))
        assert [commit_batch(connection, writer, counted, []) for _ in range(2)] == [True, False]
        seconds = fetch_one(connection, "SELECT @@SESSION.wait_timeout AS seconds")
        assert seconds == {"seconds": IDLE_S}
