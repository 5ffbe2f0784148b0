"""A topic that holds exactly what a ``Maker`` makes, filled once and kept."""

from collections.abc import Iterable
from typing import Protocol

from confluent_kafka import Producer

from benchmarks.bench_stack import BenchStack
from clickledger.errors import ClickledgerError
from clickledger.kafka.topic_log import TopicLog
from clickledger.kafka.topics import ensure_topic
from clickledger.settings import Settings
from infra.steps import Step, step

FLUSH_TIMEOUT_S = 120


class Maker(Protocol):
    """Makes the records of a topic, always the same ones."""

    @property
    def topic(self) -> str:
        """A name that tells one set of records from another."""

    @property
    def records(self) -> int:
        """How many there are."""

    def values(self) -> Iterable[list[bytes]]:
        """Them, a chunk at a time."""


def fill_topic(stack: BenchStack, maker: Maker) -> None:
    """Have ``maker.topic`` hold the events; a half-filled or expired one is made anew."""
    settings = stack.settings.model_copy(update={"topic": maker.topic})
    with step(f"Topic {maker.topic}") as running:
        if not ensure_topic(settings):
            if _is_full(settings, maker):
                running.outcome = "is there"
                return
            stack.drop_topic(maker.topic)
            ensure_topic(settings)
        _send(settings, maker, running)
        if not _is_full(settings, maker):
            raise ClickledgerError(f"Topic {maker.topic} does not hold what was sent to it.")
        running.outcome = f"{maker.records:,} records"


def _is_full(settings: Settings, maker: Maker) -> bool:
    with TopicLog(settings) as log:
        bounds = log.bounds(log.describe().partitions).values()
    return sum(each.end for each in bounds) == maker.records and not any(b.start for b in bounds)


def _send(settings: Settings, maker: Maker, running: Step) -> None:
    producer = Producer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "linger.ms": 50,
            "batch.num.messages": 50_000,
            "queue.buffering.max.messages": 500_000,
        }
    )
    sent = 0
    for values in maker.values():
        for index, value in enumerate(values):
            _produce(producer, settings.topic, value, index % settings.topic_partitions)
        producer.poll(0)
        sent += len(values)
        running.progress(f"{sent:,} of {maker.records:,}")
    if producer.flush(FLUSH_TIMEOUT_S):
        raise ClickledgerError("Kafka did not acknowledge all events in time.")


def _produce(producer: Producer, topic: str, value: bytes, partition: int) -> None:
    while True:
        try:
            producer.produce(topic, value, partition=partition)
        except BufferError:  # full: let it send
            producer.poll(0.1)
        else:
            return
