"""The rival with guarantees: the tuned hand loop, made to promise what the product promises.

``python -m benchmarks.hand_ledger`` judges every record by the whole contract, keeps rejected
counts and samples, distinct devices, history and ledger, and commits each batch in the product's
own transaction behind the fence. It can be killed and started again. So what it takes longer than
``hand_loop`` is the price of the guarantees, and what the product takes longer than it is the price
of Spark. It has no drain, no heartbeat, no shadow recount, and reads partition by partition.

What makes it as fast as it is: records are not judged one by one where a few sums prove all of a
batch at once (``benchmarks.bulk_judge``), and Python touches a record only to take its value and
its timestamp out of librdkafka's message.
"""

from __future__ import annotations

import gc
import hashlib
import uuid
from collections.abc import Iterator, Mapping

import numpy as np
from confluent_kafka import Consumer, Message, TopicPartition
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks.bulk_judge import Judged, Part, judged
from benchmarks.errors import ContenderError
from benchmarks.hand_loop import AT_REST_S, Tuning, consumer_of, read_ahead
from clickledger.clock import from_epoch_ms
from clickledger.contract.rules import Rules
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange, RecordIdentity
from clickledger.ledger.rules_versions import effective_rules, register_rules
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.release import code_fingerprint
from clickledger.settings import Role, Settings, load_settings
from streaming.batch import CountedBatch, PartitionCount, RejectedSample
from streaming.samples import Bin, SampleBook
from streaming.takeover import Identity, take_over
from streaming.transaction import commit_batch
from streaming.writer import Writer

Batch = tuple[OffsetRange, list[Part], RecordIdentity]


def run(settings: Settings, tuning: Tuning) -> None:
    """Count everything between the ledger and the end of the topic as it is now."""
    gc.disable()
    with TopicLog(settings) as log, connected(settings, Role.STREAM) as connection:
        description = log.describe()
        rules = effective_rules(settings, log_append_time=description.log_append_time)
        writer, starts = taken_over(settings, log, connection, rules)
        ends = {partition: each.end for partition, each in log.bounds(starts).items()}
        book = SampleBook(settings.reject_sample_cap, lambda bin_: _stored(connection, bin_))
        found = read_ahead(batches(settings, starts, ends, tuning), tuning.ahead)
        for number, (span, parts, last) in enumerate(found):
            result = judged(parts, rules)
            samples = _samples(span.partition, result, book)
            commit_batch(connection, writer, counted(number, span, result, last), samples)
            book.remember(samples)


def taken_over(
    settings: Settings, log: TopicLog, connection: Connection[Cursor], rules: Rules
) -> tuple[Writer, dict[int, int]]:
    """Become the owner of the stream; the starting offset of every partition."""
    version = register_rules(connection, rules)
    who = Identity(str(uuid.uuid4()), "hand_ledger", code_fingerprint(), version)
    return take_over(connection, log, settings, who)


def _stored(connection: Connection[Cursor], found: Bin) -> int:
    hour_ms, reason = found
    parameters = (from_epoch_ms(hour_ms), reason)
    row = fetch_one(connection, statement("sink/count_samples"), parameters)
    return int(row["samples"]) if row else 0


def batches(
    settings: Settings, starts: Mapping[int, int], ends: Mapping[int, int], tuning: Tuning
) -> Iterator[Batch]:
    """The partitions in turn, each by a consumer of its own: its records stand in a row."""
    consumers = {}
    for partition, start in starts.items():
        consumers[partition] = consumer_of(settings, tuning)
        consumers[partition].assign([TopicPartition(settings.topic, partition, start)])
    behind = {partition: start for partition, start in starts.items() if start < ends[partition]}
    while behind:
        for partition, start in list(behind.items()):
            found = _read(consumers[partition], partition, start, ends[partition], tuning)
            yield found
            behind[partition] = found[0].end
            if found[0].end >= ends[partition]:
                del behind[partition]
                consumers[partition].close()


def _read(consumer: Consumer, partition: int, start: int, end: int, tuning: Tuning) -> Batch:
    parts: list[Part] = []
    records, next_offset, last = 0, start, None
    while next_offset < end and records < tuning.batch:
        messages = consumer.consume(min(tuning.consume, end - next_offset), AT_REST_S)
        if not messages:
            continue
        for error in filter(None, map(Message.error, messages)):
            raise ContenderError(f"Kafka: {error}")
        last = messages[-1]
        parts.append(_part(messages, next_offset))
        records += len(messages)
        next_offset = int(last.offset() or 0) + 1
    if last is None:
        raise ContenderError(f"Partition {partition} holds nothing from {start:,} to {end:,}.")
    return OffsetRange(partition, start, next_offset), parts, _identity(last)


def _part(messages: list[Message], next_offset: int) -> Part:
    count, end = len(messages), int(messages[-1].offset() or 0) + 1
    in_a_row = end - next_offset == count
    return Part.of(
        values=list(map(Message.value, messages)),
        kafka_times=np.array([time_ms for _, time_ms in map(Message.timestamp, messages)]),
        offsets=range(next_offset, end) if in_a_row else [int(m.offset() or 0) for m in messages],
    )


def _identity(message: Message) -> RecordIdentity:
    value = message.value() or b""
    epoch = message.leader_epoch()
    time_ms = message.timestamp()[1]
    digest = hashlib.sha256(value).digest()
    return RecordIdentity(int(message.offset() or 0), epoch, time_ms, digest)


def _samples(partition: int, result: Judged, book: SampleBook) -> list[RejectedSample]:
    room = book.room(result.rejected_counts())
    kept = []
    for each in result.rejected:
        if room.get((each.hour_ms, each.reason), 0) > 0:
            room[each.hour_ms, each.reason] -= 1
            kept.append(each.sample(partition))
    return kept


def counted(number: int, span: OffsetRange, result: Judged, last: RecordIdentity) -> CountedBatch:
    """As the product's transaction takes it."""
    part = PartitionCount(
        span=span,
        records=result.records,
        accepted=result.records - len(result.rejected),
        rejected=len(result.rejected),
        clicks=result.clicks,
        event_time_min_ms=result.time_min_ms,
        event_time_max_ms=result.time_max_ms,
        kafka_time_min_ms=result.kafka_time_min_ms,
        kafka_time_max_ms=result.kafka_time_max_ms,
        last=last,
    )
    minutes, rejected = result.minutes, result.rejected_counts()
    return CountedBatch(number, (part,), minutes, rejected, minutes.num_rows + rejected.num_rows)


def main() -> None:
    """Settings come from the environment, as the product's do."""
    run(load_settings(), Tuning())


if __name__ == "__main__":
    main()
