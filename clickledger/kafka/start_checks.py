"""May the stream start? Compare what the ledger remembers with what Kafka holds (protocol P2).

Each finding is a refusal with numbers. ``find_problems`` is pure; ``check_start`` asks the servers.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from clickledger.errors import ConfigurationError, KafkaDataLostError
from clickledger.kafka.topic_log import LogBounds, TopicDescription, TopicLog
from clickledger.ledger.positions import OffsetRange, Position, RecordIdentity, next_offsets

log = logging.getLogger(__name__)
RUNBOOK = "docs/runbooks/kafka-data-lost.md"


@dataclass(frozen=True, slots=True)
class LogState:
    """What Kafka holds: found by ``read_log``."""

    description: TopicDescription
    bounds: Mapping[int, LogBounds]


def read_log(log_: TopicLog) -> LogState:
    """Ask Kafka.

    Raises:
        ConfigurationError: no such topic, or one that is compacted.
    """
    description = log_.describe()
    if description.cleanup_policy != "delete":
        raise ConfigurationError(
            f"Topic {log_.topic!r} has cleanup.policy={description.cleanup_policy}: compaction"
            " removes records, so its offsets cannot be accounted for.",
            next_step="set cleanup.policy=delete on the topic",
        )
    return LogState(description, log_.bounds(description.partitions))


def find_problems(state: LogState, positions: Mapping[int, Position]) -> list[str]:
    """Why Kafka's log cannot be the one that ``positions`` were taken from; empty: it can."""
    problems = []
    for partition, position in sorted(positions.items()):
        bounds = state.bounds.get(partition)
        if position.topic_id != state.description.topic_id:
            problems.append(
                f"partition {partition}: the topic was deleted and created again (id"
                f" {position.topic_id} counted, {state.description.topic_id} found); counted up to"
                f" offset {position.next_offset:,} of the old one"
            )
        elif bounds is None:
            problems.append(
                f"partition {partition} is gone; counted up to offset {position.next_offset:,}"
            )
        elif position.next_offset < bounds.start:
            problems.append(
                "retention has passed the ledger:"
                f" {OffsetRange(partition, position.next_offset, bounds.start)} was never read and"
                f" is no longer in Kafka ({bounds.start - position.next_offset:,} offsets)"
            )
        elif position.next_offset > bounds.end:
            problems.append(
                "the log's tail is lost:"
                f" {OffsetRange(partition, bounds.end, position.next_offset)} was counted and is"
                f" no longer in Kafka ({position.next_offset - bounds.end:,} offsets)"
            )
    return problems


def changed_record(position: Position, found: RecordIdentity | None) -> str | None:
    """Why the record now at the last applied offset is not the one that was counted."""
    counted = position.last
    if counted is None or found == counted:
        return None
    what = (
        "no record is there now"
        if found is None
        else f"now it has time {found.timestamp_ms} and digest {found.digest.hex()[:12]}"
    )
    return (
        f"partition {position.partition}: offset {counted.offset:,} was counted with time"
        f" {counted.timestamp_ms} and digest {counted.digest.hex()[:12]}, {what}: Kafka lost the"
        f" end of its log and wrote other records there; at least this offset, at most"
        f" [{position.origin_offset:,}, {position.next_offset:,}), was counted from the lost log"
    )


def check_start(log_: TopicLog, positions: Mapping[int, Position]) -> LogState:
    """All checks of P2, step 1.

    Raises:
        KafkaDataLostError: names every range at stake and what the operator can do.
        ConfigurationError: no such topic, or one that is compacted.
    """
    state = read_log(log_)
    problems = find_problems(state, positions)
    if not problems:
        problems = _changed_records(log_, state, positions)
    if problems:
        raise KafkaDataLostError(
            f"Kafka's topic {log_.topic!r} is not the log that the ledger remembers: "
            + "; ".join(problems)
            + ".",
            next_step=f"nothing was written; {RUNBOOK} says what can be done",
        )
    return state


def starting_offsets(state: LogState, positions: Mapping[int, Position]) -> dict[int, int]:
    """The ledger; a partition without a ledger row begins at the oldest record kept."""
    oldest = {partition: bounds.start for partition, bounds in state.bounds.items()}
    applied = next_offsets(positions)
    return dict(sorted((oldest | applied).items()))


def _changed_records(
    log_: TopicLog, state: LogState, positions: Mapping[int, Position]
) -> list[str]:
    problems = []
    for position in positions.values():
        if position.last is None:
            continue
        offset = position.last.offset
        if offset < state.bounds[position.partition].start:
            log.info("%s: retention took the last applied record %d", log_.topic, offset)
            continue
        found = log_.last_record(OffsetRange(position.partition, offset, offset + 1))
        problem = changed_record(position, found)
        if problem:
            problems.append(problem)
    return problems
