"""The start: checks, JVM, shadow recount, takeover, query (protocol P2)."""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.contract.rules import Rules
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange, read_positions
from clickledger.ledger.rules_versions import effective_rules, register_rules
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.release import code_fingerprint, release_name
from clickledger.settings import Role, Settings
from streaming.drain import DrainedError, DrainGate
from streaming.heartbeat import Heartbeat
from streaming.jvm import Jvm, JvmOptions, archive_name, start_jvm
from streaming.kafka_source import read_stream
from streaming.micro_batch import MicroBatches
from streaming.progress import Progress
from streaming.reject_limit import RejectLimit, Seen
from streaming.session import open_session
from streaming.shadow import Shadow, newest_of_all
from streaming.sink import Sink
from streaming.start_checks import check_start
from streaming.takeover import Identity, make_checkpoint, take_over
from streaming.writer import Writer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

log = logging.getLogger(__name__)


def jvm_options(settings: Settings) -> JvmOptions:
    """What the embedded stack and settings say about the driver's JVM."""
    jars = (settings.home / "jars" / "spark").resolve()  # an archive belongs to a class path
    return JvmOptions(
        memory=settings.spark_driver_memory,
        jars=jars,
        archive=jars.parent / archive_name(jars),
        log_config=Path(__file__).with_name("log4j2.properties"),
    )


@dataclass
class Running:
    """What exists once the stream has been taken over."""

    jvm: Jvm
    writer: Writer
    sink: Sink
    progress: Progress
    heartbeat: Heartbeat
    query: StreamingQuery


class Starter:
    """Starts one driver; ``fail`` hears what goes wrong afterwards, in any thread."""

    def __init__(
        self, settings: Settings, gate: DrainGate, fail: Callable[[BaseException], None]
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._fail = fail
        self._jvm: Jvm | None = None
        self._born = time.monotonic()

    def start(self) -> Running:
        """Everything up to the running query.

        Raises:
            DrainedError: a drain was asked for meanwhile, or is the desired state.
            ClickledgerError: a check refused; nothing was written.
        """
        with connected(self._settings, Role.STREAM) as connection:
            self._announce(connection)
            self._jvm = start_jvm(jvm_options(self._settings))  # comes up while we check
            return self._start(connection, self._jvm, TopicLog(self._settings))

    def stop_jvm(self) -> None:
        """End the JVM, however far the start came."""
        if self._jvm is not None:
            self._jvm.stop(timeout_s=1.0)

    def _announce(self, connection: Connection[Cursor]) -> None:
        desired = fetch_one(connection, statement("stream/desired"))
        if desired and desired["desired_state"] == "drained":
            log.info("the desired state is drained: `clickledger stream start` changes it")
            raise DrainedError
        with connection.cursor() as cursor:
            cursor.execute(
                statement("stream/starting"),
                (socket.gethostname(), os.getpid(), release_name(self._settings)),
            )

    def _start(self, connection: Connection[Cursor], jvm: Jvm, topic_log: TopicLog) -> Running:
        settings = self._settings
        positions = read_positions(connection, settings.topic)
        state = check_start(topic_log, positions)
        rules = effective_rules(settings, log_append_time=state.description.log_append_time)
        version = register_rules(connection, rules)
        self._say("checks passed")
        jvm.connect()
        spark = open_session(settings)
        self._say("Spark is up")
        identity = Identity(str(uuid.uuid4()), release_name(settings), code_fingerprint(), version)
        shadow = Shadow(settings, rules, version, identity.code_fingerprint)
        applied = newest_of_all(connection, settings, positions, state.bounds)
        self._say(shadow.run(spark, applied))
        if self._gate.closed:
            raise DrainedError
        writer, starts = take_over(connection, topic_log, settings, identity)
        self._say(f"epoch {writer.epoch}, generation {writer.generation}, from {starts}")
        limit = read_reject_limit(connection, settings)
        return self._begin(spark, jvm, Assembled(writer, rules, starts, limit), topic_log)

    def _begin(
        self, spark: SparkSession, jvm: Jvm, made: Assembled, topic_log: TopicLog
    ) -> Running:
        settings, gate = self._settings, self._gate
        checkpoint = make_checkpoint(settings.home, made.writer.generation)
        sink = Sink(settings, made.writer)
        progress = Progress(positions=dict(made.starts))
        batches = MicroBatches(
            settings, made.rules, checkpoint, sink, topic_log, gate, made.limit, progress
        )
        heartbeat = Heartbeat(settings, made.writer, progress, gate, self._fail)
        query = (
            read_stream(spark, settings, made.starts)
            .writeStream.foreachBatch(self._guarded(batches))
            .option("checkpointLocation", str(checkpoint))
            .trigger(processingTime=f"{settings.trigger_interval_ms} milliseconds")
            .queryName(settings.topic)
            .start()
        )
        heartbeat.start()
        return Running(jvm, made.writer, sink, progress, heartbeat, query)

    def _guarded(self, batches: MicroBatches) -> Callable[[DataFrame, int], None]:
        # What a callback raises reaches Spark as text only; the object is kept for the exit code.
        def callback(frame: DataFrame, batch_id: int) -> None:
            try:
                batches(frame, batch_id)
            except BaseException as error:
                self._fail(error)
                raise

        return callback

    def _say(self, what: str) -> None:
        log.info("%5.1f s  %s", time.monotonic() - self._born, what)


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the takeover and the ledger gave."""

    writer: Writer
    rules: Rules
    starts: dict[int, int]
    limit: RejectLimit


def read_reject_limit(connection: Connection[Cursor], settings: Settings) -> RejectLimit:
    """The limit with the window as it was before this start, and what operators let pass."""
    allowed = [
        OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
        for row in fetch_all(connection, statement("stream/allowances"), (settings.topic,))
    ]
    limit = RejectLimit(settings.reject_limit_share, settings.reject_window_records, allowed)
    rows = fetch_all(connection, statement("stream/recent_batches"))
    for row in reversed(rows):
        span = OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
        if not limit.is_allowed(span):
            limit.add(Seen(row["records_read"], row["rejected"]))
    return limit
