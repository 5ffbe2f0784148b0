"""What a topic's log holds right now: its identity, its bounds, single records."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType, OffsetSpec
from kafka.protocol.consumer import IsolationLevel

from clickledger.errors import ConfigurationError, KafkaUnreachableError
from clickledger.kafka.clients import clear_errors, client_options
from clickledger.ledger.positions import OffsetRange, RecordIdentity
from clickledger.settings import Settings

T = TypeVar("T")
RECORDS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class LogBounds:
    """Offsets of one partition: ``start`` is the oldest kept, ``end`` the next to be written."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Retention:
    """What Kafka keeps of each partition at least, in time and in size; ``None``: for ever."""

    ms: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class TopicDescription:
    """Identity and the settings that the contract depends on."""

    topic_id: str
    partitions: tuple[int, ...]
    cleanup_policy: str
    log_append_time: bool


class TopicLog:
    """One topic as its broker holds it. Not thread-safe: one object a thread.

    Every method raises ``KafkaUnreachableError`` when no broker answers in time.
    """

    def __init__(self, settings: Settings) -> None:
        self.topic = settings.topic
        self._settings = settings
        options = client_options(settings)
        self._admin = self._asked(lambda: KafkaAdminClient(**options))
        self._consumer = self._asked(
            lambda: KafkaConsumer(
                **options,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",  # a vanished offset is an error, never a jump
                isolation_level="read_committed",
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close both clients."""
        self._consumer.close()
        self._admin.close()

    def _asked(self, question: Callable[[], T]) -> T:
        with clear_errors(self._settings):
            return question()

    def topic_id(self) -> str | None:
        """The broker's id of the topic, a UUID; a topic that is created again gets another one."""
        found = self._asked(lambda: self._admin.describe_topics([self.topic]))[0]
        return found["topic_id"] if found["error_code"] == 0 else None

    def describe(self) -> TopicDescription:
        """Identity and settings.

        Raises:
            ConfigurationError: there is no such topic.
        """
        found = self._asked(lambda: self._admin.describe_topics([self.topic]))[0]
        if found["error_code"] != 0:
            raise ConfigurationError(
                f"There is no topic {self.topic!r} at {self._settings.bootstrap_servers}.",
                next_step="`make up` creates it in the embedded broker; elsewhere create it there",
            )
        settings = self._topic_settings()
        return TopicDescription(
            topic_id=found["topic_id"],
            partitions=tuple(sorted(p["partition_index"] for p in found["partitions"])),
            cleanup_policy=settings["cleanup.policy"],
            log_append_time=settings["message.timestamp.type"] == "LogAppendTime",
        )

    def retention(self) -> Retention:
        """As the topic's settings, or else the broker's, have it."""
        settings = self._topic_settings()
        found = (int(settings[f"retention.{unit}"]) for unit in ("ms", "bytes"))
        return Retention(*(None if kept < 0 else kept for kept in found))

    def sizes(self) -> dict[int, int]:
        """Bytes on disk of each partition; where brokers differ, the most."""
        brokers = self._asked(lambda: self._admin.describe_log_dirs([self.topic]))
        found: dict[int, int] = {}
        for folder in (folder for broker in brokers for folder in broker["log_dirs"]):
            for entry in (entry for topic in folder["topics"] for entry in topic["partitions"]):
                partition, size = entry["partition_index"], entry["partition_size"]
                found[partition] = max(size, found.get(partition, 0))
        return found

    def _topic_settings(self) -> dict[str, str]:
        resource = ConfigResource(ConfigResourceType.TOPIC, self.topic)
        answer = self._asked(
            lambda: self._admin.describe_configs([resource], config_filter=ConfigFilterType.ALL)
        )
        return {name: entry["value"] for name, entry in answer["topic"][self.topic].items()}

    def bounds(self, partitions: Iterable[int]) -> dict[int, LogBounds]:
        """Oldest kept offset and high watermark, aborted and open transactions included."""
        wanted = list(partitions)
        starts = self._offsets(wanted, OffsetSpec.EARLIEST, committed=False)
        ends = self._offsets(wanted, OffsetSpec.LATEST, committed=False)
        return {p: LogBounds(starts[p], ends[p]) for p in wanted}

    def stable_ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """The end that a ``read_committed`` reader sees: the last stable offset."""
        return self._offsets(partitions, OffsetSpec.LATEST, committed=True)

    def _offsets(
        self, partitions: Iterable[int], spec: OffsetSpec, *, committed: bool
    ) -> dict[int, int]:
        wanted = {TopicPartition(self.topic, p): spec for p in partitions}
        answer = self._asked(
            lambda: self._admin.list_partition_offsets(
                wanted, isolation_level=IsolationLevel(int(committed))
            )
        )
        return {where.partition: found.offset for where, found in answer.items()}

    def first_offsets_from(self, partitions: Iterable[int], time_ms: int) -> dict[int, int | None]:
        """The first offset whose timestamp is ``time_ms`` or later; ``None``: there is none yet."""
        wanted = {TopicPartition(self.topic, p): time_ms for p in partitions}
        found = self._asked(lambda: self._consumer.offsets_for_times(wanted))
        return {where.partition: at and at.offset for where, at in found.items()}

    def last_record(self, span: OffsetRange, *, timeout_s: float = 10) -> RecordIdentity | None:
        """Identity of the record at ``span.end - 1``; ``None`` when that offset holds no record."""
        last = OffsetRange(span.partition, span.end - 1, span.end)
        return next((identity(r) for r in self.records(last, timeout_s=timeout_s)), None)

    def records(self, span: OffsetRange, *, timeout_s: float = 10) -> Iterator[Any]:
        """The committed records (``kafka.ConsumerRecord``) of a range, in order.

        Raises:
            KafkaUnreachableError: nothing arrived for ``timeout_s``.
            KafkaDataLostError: the range is no longer in the log.
        """
        where = TopicPartition(self.topic, span.partition)
        self._consumer.assign([where])
        self._consumer.seek(where, span.start)
        deadline = time.monotonic() + timeout_s
        while (at := self._consumer.position(where)) < span.end:
            most = min(span.end - at, RECORDS_AT_ONCE)  # each is decoded in Python: none in vain
            polled = self._asked(partial(self._consumer.poll, 500, max_records=most))
            for record in polled.get(where, []):
                if record.offset >= span.end:
                    return
                yield record
                deadline = time.monotonic() + timeout_s
            if time.monotonic() > deadline:
                raise KafkaUnreachableError(f"Kafka did not deliver {span} of {self.topic!r}.")


def identity(record: Any) -> RecordIdentity:
    """What to remember of a ``kafka.ConsumerRecord``."""
    epoch = record.leader_epoch
    return RecordIdentity(
        offset=record.offset,
        leader_epoch=epoch if epoch is not None and epoch >= 0 else None,
        timestamp_ms=record.timestamp,
        digest=hashlib.sha256(record.value or b"").digest(),
    )
