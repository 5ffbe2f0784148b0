"""Offsets without a record: prove them before they are booked (protocol P1, step 2)."""

from collections.abc import Mapping, Sequence

from clickledger.errors import LedgerGapError
from clickledger.kafka.topic_log import TopicLog, identity
from clickledger.ledger.positions import OffsetRange, RecordIdentity


def last_identities(
    log: TopicLog, spans: Sequence[OffsetRange]
) -> dict[int, RecordIdentity | None]:
    """The identity of the record at each range's last offset; ``None`` where that is a hole."""
    return {span.partition: log.last_record(span) for span in spans}


def settle(
    log: TopicLog,
    spans: Sequence[OffsetRange],
    totals: Mapping[int, Mapping[str, int]],
    last: dict[int, RecordIdentity | None],
) -> dict[int, RecordIdentity | None]:
    """``last``, completed for ranges with holes, after those have been read again.

    A range with fewer records than offsets is read once more, directly and ``read_committed``: the
    same number of records means that the other offsets hold none.

    Raises:
        LedgerGapError: Spark read other records than Kafka holds.
    """
    settled = dict(last)
    for span in spans:
        total = totals.get(span.partition)
        records = total["records"] if total else 0
        if total and not (span.start <= total["offset_min"] and total["offset_max"] < span.end):
            raise _mismatch(span, f"offsets {total['offset_min']:,} to {total['offset_max']:,}")
        if records > len(span):
            raise _mismatch(span, f"{records:,} records")
        if records < len(span):
            settled[span.partition] = _read_again(log, span, records)
    return settled


def _read_again(log: TopicLog, span: OffsetRange, records: int) -> RecordIdentity | None:
    found, last = 0, None
    for record in log.records(span):
        found, last = found + 1, record
    if found != records:
        raise _mismatch(span, f"{records:,} records where a direct read finds {found:,}")
    return identity(last) if last is not None else None


def _mismatch(span: OffsetRange, what: str) -> LedgerGapError:
    return LedgerGapError(
        f"Spark returned {what} for {span}. Nothing was committed.",
        next_step="start the stream again; if it stays, keep the log and report it",
    )
