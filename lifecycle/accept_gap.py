"""Accept that Kafka has lost named offsets: the ledger goes on behind them, and says so for ever.

Only what retention took from before the ledger could read it can be accepted, and only when it is
named exactly. The epoch moves first: no driver that still runs can commit meanwhile.
"""

from __future__ import annotations

import uuid

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import to_epoch_ms, utc_now
from clickledger.errors import OperationRefusedError
from clickledger.kafka.start_checks import read_log
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.fence import fenced, take_fence
from clickledger.ledger.gaps import read_gaps
from clickledger.ledger.positions import OffsetRange, Position, read_positions
from clickledger.ledger.rules_versions import effective_rules, register_rules
from clickledger.mysql.connection import connected
from clickledger.mysql.statements import statement
from clickledger.release import code_fingerprint, release_name
from clickledger.settings import Role, Settings
from lifecycle.operations import Actor, Outcome, Request, perform
from lifecycle.verbs import Ask

GENERATION = "gap"  # of a range that no driver has applied


def lost_ranges(settings: Settings) -> list[OffsetRange]:
    """What lies between the ledger and the oldest record that Kafka keeps."""
    with connected(settings, Role.READER) as connection, TopicLog(settings) as log:
        return _lost(log, read_positions(connection, settings.topic))


def accept_gap(settings: Settings, ask: Ask, span: OffsetRange) -> tuple[Outcome, bool]:
    """Write the gap down and move the ledger behind it, as one operation; (how, by this call).

    Raises:
        OperationInProgressError: another operation is under way.
    """
    request = Request(
        token=ask.token,
        action="accept-gap",
        reason=ask.reason,
        by=ask.by,
        plan={"partition": span.partition, "start": span.start, "end": span.end},
    )

    def work(actor: Actor) -> Outcome:
        gaps = read_gaps(actor.connection, settings.topic)
        if not any(gap.span == span for gap in gaps):  # else an actor that died had done it
            actor.stage("accepting")
            try:
                _accept(settings, ask, span)
            except OperationRefusedError as error:
                return Outcome("refused", (str(error),), exit_code=error.exit_code)
        line = f"{span} is a gap of the ledger now ({len(span):,} offsets)."
        return Outcome("done", (line,), request.plan)

    return perform(settings, request, work)


def _accept(settings: Settings, ask: Ask, span: OffsetRange) -> None:
    """In one transaction.

    Raises:
        OperationRefusedError: these are not exactly the offsets that are lost.
        StaleWriterError: a driver took the stream meanwhile; nothing was written.
    """
    with connected(settings, Role.STREAM) as connection, TopicLog(settings) as log:
        positions = read_positions(connection, settings.topic)
        _require_lost(log, positions, span)
        owner = str(uuid.uuid4())
        epoch = take_fence(connection, owner)
        rules = effective_rules(settings, log_append_time=log.describe().log_append_time)
        version = register_rules(connection, rules)
        last = positions[span.partition].last
        gap = {
            "topic": settings.topic,
            "partition": span.partition,
            "start": span.start,
            "end": span.end,
            "rules_version": version,
            "arrived_after_ms": last.timestamp_ms if last else None,
            "arrived_before_ms": _next_arrival(log, span),
            "by": ask.by,
            "reason": ask.reason,
        }
        with fenced(connection, epoch, owner), connection.cursor() as cursor:
            _book(connection, settings, span, epoch, version)
            cursor.execute(statement("ledger/add_gap"), gap)


def _require_lost(log: TopicLog, positions: dict[int, Position], span: OffsetRange) -> None:
    lost = _lost(log, positions)
    if span not in lost:
        named = "; ".join(map(str, lost)) or "nothing"
        raise OperationRefusedError(
            f"Not {span} is lost, but {named}.", next_step="name exactly what is lost"
        )


def _lost(log: TopicLog, positions: dict[int, Position]) -> list[OffsetRange]:
    state = read_log(log)
    return [
        OffsetRange(partition, position.next_offset, state.bounds[partition].start)
        for partition, position in sorted(positions.items())
        if position.topic_id == state.description.topic_id
        and partition in state.bounds
        and position.next_offset < state.bounds[partition].start
    ]


def _next_arrival(log: TopicLog, span: OffsetRange) -> int:
    """When the first record behind the gap arrived; now, if none has."""
    end = log.stable_ends([span.partition])[span.partition]
    record = next(log.records(OffsetRange(span.partition, span.end, end)), None)
    return record.timestamp if record else to_epoch_ms(utc_now())


def _book(
    connection: Connection[Cursor], settings: Settings, span: OffsetRange, epoch: int, rules: int
) -> None:
    key = (settings.topic, span.partition)
    nothing = (0, len(span), 0, 0, 0, None, None, None, None)
    by = (rules, release_name(settings), code_fingerprint())
    with connection.cursor() as cursor:
        moved = cursor.execute(
            statement("sink/advance_over_holes"), (span.end, epoch, *key, span.start)
        )
        if moved != 1:
            raise OperationRefusedError(f"The ledger has moved: it is not at {span.start:,}.")
        cursor.execute(
            statement("sink/add_batch"),
            (*key, span.start, span.end, epoch, GENERATION, 0, *nothing, *by),
        )
