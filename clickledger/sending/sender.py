"""Sends values to the topic and knows which of them the broker has."""

from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer

from clickledger.errors import ConfigurationError
from clickledger.kafka.clients import clear_errors, client_options
from clickledger.kafka.topics import admin_client
from clickledger.settings import Settings

BATCH_BYTES = 256 * 1024
LINGER_MS = 20
MOST_OUTSTANDING = 20_000  # bounds the memory, and what an interruption leaves in doubt
DELIVERY_TIMEOUT_S = 120
START_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Written:
    """What one partition got: ``count`` values between the offsets ``first`` and ``last``.

    Values of other senders may stand between ours.
    """

    first: int
    last: int
    count: int


class Sender:
    """One producer for the topic of the settings; not thread-safe.

    Values are numbered from 1 in the order of ``send``; ``acknowledged`` is the highest number up
    to which the broker has confirmed all. Each is written once: the producer is idempotent and
    retries by itself until ``delivery_timeout_s``.

    Raises:
        KafkaUnreachableError: no broker answers, or it stopped answering for that long.
        ConfigurationError: there is no such topic, or the broker refuses.
    """

    def __init__(
        self, settings: Settings, *, delivery_timeout_s: float = DELIVERY_TIMEOUT_S
    ) -> None:
        self.topic = settings.topic
        self.acknowledged = 0
        self.written: dict[int, Written] = {}
        self._settings = settings
        self._outstanding: deque[Any] = deque()  # futures, in the order of sending
        self.partitions = _partition_count(settings)
        with clear_errors(settings):
            self._producer = KafkaProducer(
                **client_options(settings),
                acks="all",
                enable_idempotence=True,
                compression_type="lz4",  # fewer bytes to sum up: the client does that in Python
                batch_size=BATCH_BYTES,
                linger_ms=LINGER_MS,
                max_block_ms=START_TIMEOUT_S * 1000,
                bootstrap_timeout_ms=START_TIMEOUT_S * 1000,
                request_timeout_ms=int(min(30, delivery_timeout_s / 2) * 1000),
                delivery_timeout_ms=int(delivery_timeout_s * 1000),
            )

    @property
    def outstanding(self) -> int:
        """How many values were handed over and are not known to be acknowledged."""
        return len(self._outstanding)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()
        # What a failed producer still holds is given up. Its own close() would wait for that in
        # flush(), raise, stay half open, and raise again when it is garbage-collected.
        self._producer.flush = lambda timeout=None: None
        self._producer.close(timeout=0)

    def send(self, value: bytes, partition: int) -> None:
        """Hand a value over; waits when too many are not yet acknowledged."""
        with clear_errors(self._settings):
            self._outstanding.append(
                self._producer.send(self.topic, value=value, partition=partition)
            )
        self.collect(most_outstanding=MOST_OUTSTANDING)

    def collect(self, *, most_outstanding: int = MOST_OUTSTANDING) -> int:
        """Take in what has been acknowledged; wait until no more than that many are open."""
        while self._outstanding:
            oldest = self._outstanding[0]
            if not oldest.is_done and len(self._outstanding) <= most_outstanding:
                break
            self._take_in(oldest)
            self._outstanding.popleft()
        return self.acknowledged

    def flush(self, *, timeout_s: float | None = None) -> int:
        """Wait until every value is acknowledged, or has failed.

        Raises:
            KafkaUnreachableError: some are not by ``timeout_s``, or never will be.
        """
        with clear_errors(self._settings):
            self._producer.flush(timeout_s)
        return self.collect(most_outstanding=0)

    def _take_in(self, future: Any) -> None:
        with clear_errors(self._settings):
            record = future.get()  # bounded by the delivery timeout
        before = self.written.get(record.partition)
        self.written[record.partition] = (
            Written(before.first, record.offset, before.count + 1)
            if before
            else Written(record.offset, record.offset, 1)
        )
        self.acknowledged += 1


def _partition_count(settings: Settings) -> int:
    # Asked of the admin client: a producer that asks for a missing topic would create it.
    with admin_client(settings, timeout_s=START_TIMEOUT_S) as admin:
        found = admin.describe_topics([settings.topic])[0]
    if found["error_code"] != 0:
        raise ConfigurationError(
            f"There is no topic {settings.topic!r} at {settings.bootstrap_servers}.",
            next_step="`make up` creates it in the embedded broker; elsewhere create it there",
        )
    return len(found["partitions"])
