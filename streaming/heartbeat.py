"""The heartbeat: every second, tell MySQL how the stream is, and ask it whether it may go on."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import (
    ClickledgerError,
    ConfigurationError,
    KafkaDataLostError,
    KafkaUnreachableError,
    LedgerMovedError,
    StaleWriterError,
)
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import read_positions
from clickledger.mysql.connection import fetch_one, open_connection
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from clickledger.slots import Wanted
from streaming.drain import DrainGate
from streaming.progress import Progress
from streaming.slot import Slot
from streaming.writer import Writer

log = logging.getLogger(__name__)


class Heartbeat(threading.Thread):
    """Runs until ``stop``; servers that do not answer are tried again at the next beat.

    ``fail`` is called once with the error that ends this driver: the epoch or the topic is no
    longer ours, or nobody foresaw it. The gate is closed when the desired state says so.
    """

    def __init__(
        self,
        settings: Settings,
        writer: Writer,
        progress: Progress,
        gate: DrainGate,
        slot: Slot,
        fail: Callable[[BaseException], None],
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._settings = settings
        self._writer = writer
        self._progress = progress
        self._gate = gate
        self._slot = slot
        self._fail = fail
        self._ended = threading.Event()
        self._connection: Connection[Cursor] | None = None
        self._log: TopicLog | None = None

    def stop(self) -> None:
        """End after the beat under way."""
        self._ended.set()

    def run(self) -> None:
        """Thread body."""
        while not self._ended.wait(self._settings.heartbeat_interval_s):
            try:
                self._beat()
            except (StaleWriterError, LedgerMovedError, KafkaDataLostError) as error:
                self._end(error)
                return
            except (pymysql.MySQLError, ClickledgerError, OSError) as error:
                log.warning("heartbeat: MySQL: %s", error)
                self._connection = None
            except Exception as error:  # a driver without a heartbeat would be taken for frozen
                self._end(error)
                return

    def _end(self, error: Exception) -> None:
        if not self._ended.is_set():  # after its end a driver may be followed by another
            self._fail(error)

    def _beat(self) -> None:
        if self._connection is None:
            self._connection = open_connection(self._settings, Role.STREAM, read_timeout_s=10)
        self._check_fence(self._connection)
        self._check_ledger(self._connection)
        ends = self._kafka_ends()
        told = self._progress.as_dict(ends)
        state = "draining" if self._gate.closed else "running"
        with self._connection.cursor() as cursor:
            cursor.execute(
                statement("stream/heartbeat"),
                (
                    *(state, self._progress.last_commit_at, told["lag_events"]),
                    *(json.dumps(told), self._writer.epoch),
                ),
            )
        row = fetch_one(self._connection, statement("stream/desired"))
        wanted = self._slot.look(self._connection).wanted
        if (row and row["desired_state"] == "drained") or wanted is Wanted.STOPPED:
            self._gate.close()

    def _check_fence(self, connection: Connection[Cursor]) -> None:
        row = fetch_one(connection, statement("stream/read_fence"))
        if row is None or row["owner"] != self._writer.owner:
            raise StaleWriterError(
                f"Epoch {self._writer.epoch} no longer owns the stream:"
                f" epoch {row and row['epoch']} does.",
                next_step="nothing to mend: this driver ends, the newer one goes on",
            )

    def _check_ledger(self, connection: Connection[Cursor]) -> None:
        self._progress.ledger(lambda: read_positions(connection, self._writer.topic))

    def _kafka_ends(self) -> dict[int, int] | None:
        try:
            if self._log is None:
                self._log = TopicLog(self._settings)
            topic_id = self._log.topic_id()
            if topic_id is not None and topic_id != self._writer.topic_id:
                raise KafkaDataLostError(
                    f"Topic {self._writer.topic!r} was deleted and created again while the stream"
                    f" ran (id {self._writer.topic_id} counted, {topic_id} found).",
                    next_step="see docs/runbooks/kafka-data-lost.md",
                )
            return self._log.stable_ends(self._progress.partitions())
        except (KafkaUnreachableError, ConfigurationError) as error:
            log.warning("heartbeat: %s", error)
            return None
