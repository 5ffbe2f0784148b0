"""The statements of one commit, in the lock order of protocol P1.

Fence, ledger, hours (ascending), minute rows (primary key), type rows. Functions here assume an
open transaction; ``commit_batch`` is the whole of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.errors import LedgerGapError, LedgerMovedError
from clickledger.failpoints import reach
from clickledger.ledger.fence import fenced
from clickledger.ledger.positions import read_positions
from clickledger.mysql import literals
from clickledger.mysql.statements import statement
from streaming.batch import CountedBatch, PartitionCount, RejectedSample
from streaming.new_keys import ROWS_A_STATEMENT, Group, add_minutes
from streaming.writer import Writer


def commit_batch(
    connection: Connection[Cursor],
    writer: Writer,
    batch: CountedBatch,
    samples: Sequence[RejectedSample],
) -> bool:
    """Commit ``batch``; ``False`` when it turns out to be committed already.

    Raises:
        StaleWriterError, LedgerGapError, LedgerMovedError: nothing was written, the transaction is
            rolled back.
    """
    with fenced(connection, writer.epoch, writer.owner), connection.cursor() as cursor:
        if _already_applied(connection, cursor, writer, batch):
            return False
        _write_counts(cursor, writer, batch, samples)
        for part in batch.partitions:
            _advance(cursor, writer, part)
        reach("before_commit")
    return True


def rehearse_batch(
    connection: Connection[Cursor],
    writer: Writer,
    batch: CountedBatch,
    samples: Sequence[RejectedSample],
) -> None:
    """Write ``batch``, any part of what the ledger has not applied, and roll it back.

    Raises:
        StaleWriterError: it is not ours to try.
    """
    with fenced(connection, writer.epoch, writer.owner), connection.cursor() as cursor:
        _write_counts(cursor, writer, batch, samples)
        connection.rollback()


def _already_applied(
    connection: Connection[Cursor], cursor: Cursor, writer: Writer, batch: CountedBatch
) -> bool:
    """Compare the locked ledger with the batch; partitions met for the first time get their row.

    This is also how an unknown outcome of an earlier COMMIT is told: the fence is still ours, so
    a ledger that stands at the batch's end was moved there by that COMMIT.
    """
    positions = read_positions(connection, writer.topic, lock=True)
    ends = 0
    for part in batch.partitions:
        span, found = part.span, positions.get(part.span.partition)
        next_offset = found.next_offset if found else 0
        if next_offset < span.start:  # the batch began at the ledger
            raise LedgerMovedError(
                f"The ledger of {span} went back to {next_offset:,}, before the range's start.",
                next_step="nothing: the stream is started again, at the ledger",
            )
        if found is None:
            row = (writer.topic, span.partition, writer.topic_id, span.start, span.start)
            cursor.execute(statement("sink/add_partition"), (*row, writer.epoch))
        elif next_offset == span.end:
            ends += 1
        elif next_offset != span.start:
            raise LedgerGapError(
                f"The ledger of {span} stands at {next_offset:,}, not at the range's start.",
                next_step="start the stream again: it begins at the ledger",
            )
    if ends not in (0, len(batch.partitions)):
        raise LedgerGapError("The ledger stands at the end of a part of this batch only.")
    return ends > 0


def _write_counts(
    cursor: Cursor, writer: Writer, batch: CountedBatch, samples: Sequence[RejectedSample]
) -> None:
    _touch_hours(cursor, batch.minutes)
    reach("inside_transaction")
    new = add_minutes(cursor, batch.minutes) if batch.minutes.num_rows else Counter[Group]()
    _add_types(cursor, batch.minutes, new)
    _add_rejected(cursor, writer, batch.rejected, samples)
    for part in batch.partitions:
        _add_history(cursor, writer, batch.batch_id, part)


def _in_statements(cursor: Cursor, name: str, values: Sequence[str]) -> None:
    for start in range(0, len(values), ROWS_A_STATEMENT):
        rows = ",".join(values[start : start + ROWS_A_STATEMENT])
        cursor.execute(statement(name).replace("{rows}", rows))


def _touch_hours(cursor: Cursor, minutes: pa.Table) -> None:
    hours = sorted({ms // HOUR_MS * HOUR_MS for ms in minutes["minute_ms"].unique().to_pylist()})
    _in_statements(
        cursor,
        "sink/touch_hours",
        [f"('{from_epoch_ms(hour)}','open',1,UTC_TIMESTAMP(3))" for hour in hours],
    )


def _add_types(cursor: Cursor, minutes: pa.Table, new: Counter[Group]) -> None:
    totals = minutes.group_by(["minute_ms", "device_type"]).aggregate(
        [("clicks", "sum"), ("events", "sum")]
    )
    totals = totals.sort_by([("minute_ms", "ascending"), ("device_type", "ascending")])
    groups = zip(totals["minute_ms"].to_pylist(), totals["device_type"].to_pylist(), strict=True)
    devices = pa.chunked_array([pa.array([new[group] for group in groups], pa.int64())])
    columns = [
        literals.moment(totals["minute_ms"]),
        literals.text(totals["device_type"]),
        literals.number(totals["clicks_sum"]),
        literals.number(totals["events_sum"]),
        literals.number(devices),
    ]
    _in_statements(cursor, "sink/add_types", literals.rows(columns))


def _add_rejected(
    cursor: Cursor, writer: Writer, rejected: pa.Table, samples: Sequence[RejectedSample]
) -> None:
    columns = [
        literals.moment(rejected["arrival_hour_ms"]),
        literals.text(rejected["reason"]),
        literals.number(rejected["rejected"]),
    ]
    _in_statements(cursor, "sink/add_rejected", literals.rows(columns))
    cursor.executemany(
        statement("sink/add_sample"),
        [
            (
                *(writer.topic, sample.partition, sample.offset, sample.reason),
                *(sample.raw, sample.true_length),
                *(from_epoch_ms(sample.arrived_ms), from_epoch_ms(sample.hour_ms)),
            )
            for sample in samples
        ],
    )


def _add_history(cursor: Cursor, writer: Writer, batch_id: int, part: PartitionCount) -> None:
    cursor.execute(
        statement("sink/add_batch"),
        (
            *(writer.topic, part.span.partition, part.span.start, part.span.end),
            *(writer.epoch, writer.generation, batch_id),
            *(part.records, part.holes, part.accepted, part.rejected, part.clicks),
            *(part.event_time_min_ms, part.event_time_max_ms),
            *(part.kafka_time_min_ms, part.kafka_time_max_ms),
            *(writer.rules_version, writer.release, writer.code_fingerprint),
        ),
    )


def _advance(cursor: Cursor, writer: Writer, part: PartitionCount) -> None:
    last = part.last
    identity = (last.offset, last.leader_epoch, last.timestamp_ms, last.digest) if last else None
    name = "sink/advance" if identity else "sink/advance_over_holes"
    moved = cursor.execute(
        statement(name),
        (
            part.span.end,
            *(identity or ()),
            writer.epoch,
            *(writer.topic, part.span.partition, part.span.start),
        ),
    )
    if moved != 1:
        raise LedgerGapError(f"The ledger of {part.span} moved while it was locked.")
