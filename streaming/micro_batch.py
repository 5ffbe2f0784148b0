"""One micro-batch from its offset range to its commit (protocol P1)."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from clickledger.clock import from_epoch_ms
from clickledger.contract.rules import Rules
from clickledger.errors import LedgerGapError
from clickledger.failpoints import held_in_job, reach
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange, Position
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.spark.kafka_ranges import read_ranges
from clickledger.transforms.count import counted_rows
from streaming import counting, holes, poison, samples
from streaming.batch import CountedBatch, RejectedSample
from streaming.drain import DrainGate
from streaming.parts import Parts
from streaming.progress import BatchTimes, Progress
from streaming.ranges import batch_ranges
from streaming.reject_limit import RejectLimit
from streaming.sink import Sink

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def outstanding(spans: Sequence[OffsetRange], positions: dict[int, Position]) -> list[OffsetRange]:
    """What of ``spans`` the ledger has not applied yet.

    Raises:
        LedgerGapError: a range begins beyond the ledger: records between would be lost.
    """
    todo = []
    for span in spans:
        found = positions.get(span.partition)
        next_offset = found.next_offset if found else span.start
        if next_offset < span.start:
            raise LedgerGapError(
                f"The ledger stands at {next_offset:,} but the batch covers {span}: the"
                f" {span.start - next_offset:,} offsets between would be lost.",
                next_step="start the stream again: it begins at the ledger",
            )
        if next_offset < span.end:
            todo.append(OffsetRange(span.partition, max(span.start, next_offset), span.end))
    return todo


@dataclass
class MicroBatches:
    """The ``foreachBatch`` callback and what it works with."""

    settings: Settings
    rules: Rules
    checkpoint: Path
    sink: Sink
    log: TopicLog
    gate: DrainGate
    limit: RejectLimit
    progress: Progress

    def __post_init__(self) -> None:
        self._parts = Parts(self.settings.groups_at_once, self.limit.allowed)
        self._book = samples.SampleBook(self.settings.reject_sample_cap, self._stored_samples)
        # Identities of last records are fetched from Kafka while Spark counts.
        self._side = ThreadPoolExecutor(1, thread_name_prefix="identities")

    def __call__(self, frame: "DataFrame", batch_id: int) -> None:
        """Count and commit one micro-batch; everything it raises ends the query."""
        with self.gate.batch():
            spans = batch_ranges(self.checkpoint, self.settings.topic, batch_id)
            reach("range_read")
            todo = rest = outstanding(spans, self.progress.ledger(self.sink.positions))
        while rest:
            with self.gate.batch():
                part, rest = self._parts.cut(rest)
                if part == spans:
                    records = frame
                elif part == todo:
                    records = counting.within(frame, part)
                else:  # its own: the batch's frame would read the whole batch for each part
                    records = read_ranges(frame.sparkSession, self.settings, part)
                self._count_in(records, batch_id, part)

    def _count_in(self, frame: "DataFrame", batch_id: int, todo: list[OffsetRange]) -> None:
        """Commit ``todo``, of which ``frame`` has all records, or say which of them cannot be."""
        try:
            self._commit(frame, batch_id, todo)
        except Exception as error:
            if self._is_suspicious(error):
                search = poison.PoisonSearch(
                    lambda part: self._rehearse(part, frame.sparkSession, todo),
                    lambda: self.gate.closed,
                )
                if (halt := poison.examined(error, todo, search)) is not None:
                    raise halt from error
            raise

    def _commit(self, frame: "DataFrame", batch_id: int, todo: list[OffsetRange]) -> None:
        began = time.monotonic()
        batch, kept = self._count(frame, batch_id, todo, grouped=self._is_large(todo))
        self.limit.check(batch)
        reach("before_transaction")
        counted = time.monotonic()
        self.sink.apply(batch, kept)
        times = BatchTimes(counted - began, time.monotonic() - counted)
        self._parts.counted(todo, batch.groups)
        self.limit.remember(batch)
        self._book.remember(kept)
        self.progress.committed(batch, times)

    def _is_suspicious(self, error: Exception) -> bool:
        """Whether this driver, too, fails on its first batch, where others have failed before."""
        if self.progress.batches or not poison.is_about_data(error):
            return False
        rows = self.sink.query(lambda c: fetch_all(c, statement("stream/recent_generations")))
        return poison.failures_before(rows, self.sink.generation) >= poison.ATTEMPTS - 1

    def _rehearse(
        self, part: OffsetRange, spark: "SparkSession", batch: Sequence[OffsetRange]
    ) -> None:
        frame = read_ranges(spark, self.settings, [part])
        # By the plan of the batch, which may be what fails, however small the part is.
        counted = self._count(frame, 0, [part], grouped=self._is_large(batch))
        self.sink.rehearse(*counted)

    def _is_large(self, spans: Sequence[OffsetRange]) -> bool:
        return sum(map(len, spans)) > self.settings.small_batch_records

    def _count(
        self, frame: "DataFrame", batch_id: int, spans: list[OffsetRange], *, grouped: bool
    ) -> tuple[CountedBatch, list[RejectedSample]]:
        identities = self._side.submit(holes.last_identities, self.log, spans)
        frame = held_in_job(frame)
        rows = None
        if not grouped:
            rows = counting.judged_rows(frame, self.rules)
            groups = counted_rows(rows)
        else:
            groups = counting.counted_groups(frame, self.rules)
        totals = counting.partition_totals(groups)
        last = holes.settle(self.log, spans, totals, identities.result())
        batch = counting.assemble(batch_id, spans, groups, totals, last)
        return batch, self._samples(frame, batch, rows)

    def _samples(
        self, frame: "DataFrame", batch: CountedBatch, rows: pa.Table | None
    ) -> list[RejectedSample]:
        room = self._book.room(batch.rejected)
        if not room:
            return []
        if rows is None:
            rows = counting.rejected_rows_of(frame, self.rules, room)
        return samples.pick(rows, room)

    def _stored_samples(self, found: samples.Bin) -> int:
        hour_ms, reason = found
        row = self.sink.query(
            lambda c: fetch_one(
                c, statement("sink/count_samples"), (from_epoch_ms(hour_ms), reason)
            )
        )
        return int(row["samples"]) if row else 0
