"""The rival: a loop written by hand for this one job, with confluent-kafka, Polars and PyMySQL.

``python -m benchmarks.hand_loop`` adds what the topic holds now to ``clicks_by_minute`` and ends.
It trusts its input, keeps no ledger and cannot be restarted: less work than the product does.

What was tried, in core-seconds per million events (other programs ran too, so roughly):
- ``consume``: 500,000 messages a call 1.2; without the cyclic garbage collector 0.63; then 100,000
  a call 0.57, **20,000** 0.37-0.45 (they stay in the cache), 5,000 the same. About 0.1 of it is
  librdkafka's own threads. Larger fetches, deeper queues, no checksums: no difference.
- ``fetch.queue.backoff.ms``: by default the consumer sleeps for a second whenever its queue has
  been full. Reading 3 M events took 13.5 s; with **5 ms** 1.2 s.
- Counting joined bytes with Polars: ``scan_csv`` on the **streaming engine** 0.07 (20,000 devices:
  0.13), ``read_csv`` and ``group_by`` 0.12, categoricals 0.13, Arrow's CSV reader 0.15, slices of
  one string column 0.10.
- Reading in a thread of its own, one batch ahead. Batches of 0.5, **1** and 3 M events: as fast.
"""

from __future__ import annotations

import argparse
import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Queue
from typing import Any, TypeVar

import polars as pl
from confluent_kafka import Consumer, TopicPartition
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import MINUTE_MS
from clickledger.mysql.connection import connected
from clickledger.settings import Role, Settings, load_settings

T = TypeVar("T")
SCHEMA = {"device": pl.String, "type": pl.String, "ms": pl.Int64, "click": pl.Int64}
UPSERT = """INSERT INTO clicks_by_minute (minute, device_type, device_id, clicks, events) VALUES {}
ON DUPLICATE KEY UPDATE clicks = clicks + VALUES(clicks), events = events + VALUES(events)"""
AT_REST_S = 0.5


@dataclass(frozen=True)
class Tuning:
    """What was turned."""

    consume: int = 20_000  # messages a call
    batch: int = 1_000_000  # events a transaction
    rows: int = 4_000  # a statement
    ahead: int = 1  # batches read while one is counted and written
    queue_backoff_ms: int = 5
    collect_garbage: bool = False


FIRST_WRITTEN = Tuning(consume=500_000, batch=500_000, queue_backoff_ms=1_000, collect_garbage=True)


def run(settings: Settings, tuning: Tuning) -> None:
    """Count everything that the topic holds at this moment."""
    if not tuning.collect_garbage:
        gc.disable()  # it walks hundreds of thousands of messages and finds nothing
    with connected(settings, Role.STREAM) as connection:
        for lines in read_ahead(batches(settings, tuning), tuning.ahead):
            write(connection, count(lines), tuning.rows)


def read_ahead(source: Iterator[T], ahead: int) -> Iterator[T]:
    """``source``, made by another thread: librdkafka, Polars and MySQL wait without the GIL.

    Whatever ends the reader is raised here, so a broken read never looks like a finished one.
    """
    found: Queue[T | BaseException | None] = Queue(ahead)

    def read() -> None:
        try:
            for each in source:
                found.put(each)
            found.put(None)
        except BaseException as error:
            found.put(error)

    threading.Thread(target=read, daemon=True).start()
    while (each := found.get()) is not None:
        if isinstance(each, BaseException):
            raise each
        yield each


def batches(settings: Settings, tuning: Tuning) -> Iterator[bytes]:
    """The lines of the topic as it is now, a transaction's worth at a time."""
    consumer = consumer_of(settings, tuning)
    left = _seek_to_start(consumer, settings.topic)
    parts: list[bytes] = []
    in_parts = 0
    while left:
        messages = consumer.consume(tuning.consume, AT_REST_S)
        # No tombstones, which would be None: it trusts its input.
        values: list[Any] = [each.value() for each in messages if each.error() is None]
        if not values:
            continue
        parts.append(b"\n".join(values))  # at once, while they are in the cache
        left -= len(values)
        in_parts += len(values)
        if in_parts >= tuning.batch or not left:
            yield b"\n".join(parts)
            parts, in_parts = [], 0
    consumer.close()


def consumer_of(settings: Settings, tuning: Tuning) -> Consumer:
    """A tuned one, with nothing assigned yet."""
    return Consumer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "group.id": "benchmark",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "fetch.queue.backoff.ms": tuning.queue_backoff_ms,
        }
    )


def _seek_to_start(consumer: Consumer, topic: str) -> int:
    """How many records there are to read."""
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    total = 0
    assigned = []
    for partition in partitions:
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), 10)
        assigned.append(TopicPartition(topic, partition, first))
        total += end - first
    consumer.assign(assigned)
    return total


def count(lines: bytes) -> pl.DataFrame:
    """Clicks and events by minute, type and device, in primary key order."""
    events = pl.scan_csv(lines, separator="|", has_header=False, schema=SCHEMA, quote_char=None)
    minute = (pl.col("ms") // MINUTE_MS * MINUTE_MS).alias("minute")
    keys = ["minute", "type", "device"]
    sums = (pl.col("click").sum(), pl.len().alias("events"))
    counted = events.group_by(minute, "type", "device").agg(*sums)
    return counted.collect(engine="streaming").sort(keys)  # MySQL likes primary key order


def write(connection: Connection[Cursor], counted: pl.DataFrame, rows: int) -> None:
    """One transaction."""
    minute = pl.from_epoch("minute", time_unit="ms").dt.strftime("%Y-%m-%d %H:%M:%S")
    literals = pl.format("('{}','{}','{}',{},{})", minute, *_quoted(), "click", "events")
    values = counted.select(literals).to_series().to_list()
    connection.begin()
    with connection.cursor() as cursor:
        for start in range(0, len(values), rows):
            cursor.execute(UPSERT.format(",".join(values[start : start + rows])))
    connection.commit()


def _quoted() -> Iterator[pl.Expr]:
    for name in ("type", "device"):
        escaped = pl.col(name).str.replace_all("\\", "\\\\", literal=True)
        yield escaped.str.replace_all("'", "\\'", literal=True)


def main() -> None:
    """Settings come from the environment, as the product's do."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hand_loop", description=__doc__)
    parser.add_argument("--first-written", action="store_true", help="before it was tuned")
    parser.add_argument("--batch", type=int, default=Tuning.batch)
    arguments = parser.parse_args()
    tuned = Tuning(batch=arguments.batch)
    run(load_settings(), FIRST_WRITTEN if arguments.first_written else tuned)


if __name__ == "__main__":
    main()
