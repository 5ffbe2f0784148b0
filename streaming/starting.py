"""The start beside a JVM that comes up: checks, shadow recount, takeover, query (protocol P2)."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.contract.rules import Rules
from clickledger.kafka.start_checks import check_start, starting_offsets
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange, read_positions
from clickledger.ledger.rules_versions import effective_rules, register_rules
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.release import code_fingerprint, release_name
from clickledger.settings import Settings
from clickledger.slots import SlotState, Wanted
from clickledger.spark.jvm import Jvm
from clickledger.spark.session import consumers_closed_after, open_session
from streaming.drain import DrainedError, DrainGate
from streaming.heartbeat import Heartbeat
from streaming.kafka_source import read_stream
from streaming.micro_batch import MicroBatches
from streaming.progress import Progress
from streaming.reject_limit import RejectLimit, Seen
from streaming.shadow import Recounted, Shadow, newest_of_all
from streaming.sink import Sink
from streaming.slot import Slot
from streaming.standby import LOOK_S, StandbyBatches
from streaming.takeover import Identity, make_checkpoint, take_over
from streaming.writer import Writer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

log = logging.getLogger(__name__)
FOLLOWED_WITHIN_S = 5.0
HANDOVER_WITHIN_S = 5.0  # for the old writer's last batch; a frozen one is fenced after it
# Longer than a trigger, so that the stream's own stay; short enough that those of parts are few.
IDLE_CONSUMER = "10s"
Batches = Callable[["DataFrame", int], None]


@dataclass(frozen=True, slots=True)
class Assembled:
    """What is there before anybody is the writer."""

    connection: Connection[Cursor]
    log: TopicLog
    rules: Rules
    identity: Identity


@dataclass(frozen=True, slots=True)
class Promoted:
    """What is there once this driver is the writer."""

    writer: Writer
    sink: Sink
    progress: Progress
    heartbeat: Heartbeat
    batches: MicroBatches


@dataclass(frozen=True, slots=True)
class Running:
    """What exists once the stream has been taken over."""

    jvm: Jvm
    promoted: Promoted
    query: StreamingQuery


class Start:
    """One start; ``fail`` hears what goes wrong afterwards, in any thread."""

    def __init__(
        self,
        settings: Settings,
        gate: DrainGate,
        fail: Callable[[BaseException], None],
        slot: Slot,
        born: float,
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._fail = fail
        self._slot = slot
        self._born = born

    def run(self, connection: Connection[Cursor], jvm: Jvm, wanted: Wanted) -> Running:
        """Everything up to the running query of a writer.

        Raises:
            DrainedError: a drain was asked for meanwhile.
            ClickledgerError: a check refused; nothing was written.
        """
        settings, topic_log = self._settings, TopicLog(self._settings)
        positions = read_positions(connection, settings.topic)
        state = check_start(topic_log, positions)
        rules = effective_rules(settings, log_append_time=state.description.log_append_time)
        version = register_rules(connection, rules)
        self._say("checks passed")
        jvm.connect()
        spark = open_session(settings, **consumers_closed_after(IDLE_CONSUMER))
        self._say("Spark is up")
        self._slot.say(connection, SlotState.WARMING)
        identity = Identity(str(uuid.uuid4()), release_name(settings), code_fingerprint(), version)
        shadow = Shadow(settings, rules, version, identity.code_fingerprint)
        applied = newest_of_all(connection, settings, positions, state.bounds)
        found = shadow.run(spark, applied, always=wanted is Wanted.STANDBY)
        self._say(found.in_words())
        if self._gate.closed:
            raise DrainedError
        made = Assembled(connection, topic_log, rules, identity)
        if wanted is Wanted.STANDBY:
            starts = starting_offsets(state, read_positions(connection, settings.topic))
            return self._begin_as_standby(spark, jvm, made, starts, found)
        return self._begin_as_writer(spark, jvm, made)

    def _begin_as_writer(self, spark: SparkSession, jvm: Jvm, made: Assembled) -> Running:
        writer, starts = self._take_over(made)
        checkpoint = make_checkpoint(self._settings.home, writer.generation)
        promoted = self._promoted(made, writer, starts, checkpoint)
        query = self._query(spark, promoted.batches, checkpoint, starts)
        promoted.heartbeat.start()
        return Running(jvm, promoted, query)

    def _begin_as_standby(
        self,
        spark: SparkSession,
        jvm: Jvm,
        made: Assembled,
        starts: dict[int, int],
        found: Recounted,
    ) -> Running:
        checkpoint = make_checkpoint(self._settings.home, made.identity.owner)
        batches = StandbyBatches(self._settings, made.rules, checkpoint, self._gate)
        query = self._query(spark, batches, checkpoint, starts)
        batches.followed.wait(FOLLOWED_WITHIN_S)  # without traffic no batch comes by
        self._slot.say(made.connection, SlotState.WARM, shadow=found.as_dict())
        self._say("warm, following the writer")
        self._await_promotion(made.connection, jvm, query)
        writer, starts = self._take_over(made)
        promoted = self._promoted(made, writer, starts, checkpoint)
        batches.promote(promoted.batches)
        promoted.heartbeat.start()
        return Running(jvm, promoted, query)

    def _await_promotion(
        self, connection: Connection[Cursor], jvm: Jvm, query: StreamingQuery
    ) -> None:
        """Until we are wanted as the writer and the old one is at rest, or its time is over."""
        deadline: float | None = None
        while True:
            look = self._slot.look(connection)
            if self._gate.closed or look.wanted is Wanted.STOPPED:
                raise DrainedError
            if jvm.process.poll() is not None:
                raise RuntimeError(f"the JVM ended with {jvm.process.returncode}")
            if not query.isActive:
                raise query.exception() or RuntimeError("the query stopped by itself")
            if look.wanted is Wanted.WRITER:
                deadline = deadline or time.monotonic() + HANDOVER_WITHIN_S
                if look.other_is_at_rest or time.monotonic() > deadline:
                    return
            time.sleep(LOOK_S)

    def _take_over(self, made: Assembled) -> tuple[Writer, dict[int, int]]:
        writer, starts = take_over(made.connection, made.log, self._settings, made.identity)
        self._slot.say(made.connection, SlotState.WRITING, epoch=writer.epoch)
        self._say(f"epoch {writer.epoch}, generation {writer.generation}, from {starts}")
        return writer, starts

    def _promoted(
        self, made: Assembled, writer: Writer, starts: dict[int, int], checkpoint: Path
    ) -> Promoted:
        settings, gate = self._settings, self._gate
        limit = read_reject_limit(made.connection, settings)
        sink = Sink(settings, writer)
        progress = Progress(positions=dict(starts))
        batches = MicroBatches(
            settings, made.rules, checkpoint, sink, made.log, gate, limit, progress
        )
        heartbeat = Heartbeat(settings, writer, progress, gate, self._slot, self._fail)
        return Promoted(writer, sink, progress, heartbeat, batches)

    def _query(
        self, spark: SparkSession, batches: Batches, checkpoint: Path, starts: dict[int, int]
    ) -> StreamingQuery:
        settings = self._settings
        return (
            read_stream(spark, settings, starts)
            .writeStream.foreachBatch(self._guarded(batches))
            .option("checkpointLocation", str(checkpoint))
            .trigger(processingTime=f"{settings.trigger_interval_ms} milliseconds")
            .queryName(settings.topic)
            .start()
        )

    def _guarded(self, batches: Batches) -> Callable[[DataFrame, int], None]:
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


def read_reject_limit(connection: Connection[Cursor], settings: Settings) -> RejectLimit:
    """The limit with the window as it was before this start, and what operators let pass."""
    allowed = [
        OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
        for row in fetch_all(connection, statement("stream/allowances"), (settings.topic,))
    ]
    rows = fetch_all(
        connection,
        statement("stream/recent_batches"),
        {"topic": settings.topic, "window": settings.reject_window_records},
    )
    before = [Seen(row["records_read"], row["rejected"]) for row in reversed(rows)]
    share, window = settings.reject_limit_share, settings.reject_window_records
    return RejectLimit(share, window, allowed, before)
