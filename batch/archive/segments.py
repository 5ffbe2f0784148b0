"""Segments: which offset ranges are archived, claimed and listed one after the other (P5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ArchiveIncompleteError
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all, fetch_one, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement

# A quiet topic has many small ranges: a segment ends here too, so that finding its end stays cheap.
MOST_RANGES = 20_000


@dataclass(frozen=True, slots=True)
class Segment:
    """An offset range that is kept as raw records; all of it was judged by one rules version."""

    span: OffsetRange
    rules_version: int

    @property
    def key(self) -> tuple[int, int]:
        """(partition, start offset)."""
        return self.span.partition, self.span.start


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of a segment; ``path`` is relative to the archive's folder."""

    path: str
    records: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What the ledger says of a segment's ranges."""

    records: int
    holes: int
    accepted: int
    rejected: int
    clicks: int


def open_positions(connection: Connection[Cursor], topic: str) -> dict[int, int]:
    """Next offset to archive, by partition; partitions of the ledger get their row."""
    with connection.cursor() as cursor:
        cursor.execute(statement("archive/add_position"), (topic,))
    return archive_positions(connection, topic)


def archive_positions(connection: Connection[Cursor], topic: str) -> dict[int, int]:
    """Next offset to archive, by partition."""
    rows = fetch_all(connection, statement("archive/positions"), (topic,))
    return {row["kafka_partition"]: row["next_offset"] for row in rows}


def archive_origins(connection: Connection[Cursor], topic: str) -> dict[int, int]:
    """Where the archive begins, by partition: what lay before is sealed, and was deleted by age."""
    rows = fetch_all(connection, statement("archive/positions"), (topic,))
    return {row["kafka_partition"]: row["origin_offset"] for row in rows}


def first_record(connection: Connection[Cursor], topic: str, partition: int, at: int) -> int | None:
    """Where the first range from ``at`` on begins that has a record; ``None``: there is none."""
    row = fetch_one(connection, statement("archive/first_record"), (topic, partition, at))
    return int(row["start_offset"]) if row else None


@tried_again
def claim(
    connection: Connection[Cursor], topic: str, partition: int, cut: int, most_records: int
) -> Segment | None:
    """The next segment of a partition up to ``cut``, as a row before any file; ``None``: all done.

    A claim that somebody left is returned as it is: it will be finished, whoever made it.
    """
    with transaction(connection):
        position = _locked_position(connection, topic, partition)
        found = segment_at(connection, topic, partition, position)
        if found is None and position < cut:
            found = _next_segment(
                connection, topic, OffsetRange(partition, position, cut), most_records
            )
            _insert(connection, topic, found)
    return found


def drop_claim(connection: Connection[Cursor], topic: str, partition: int, start: int) -> None:
    """Forget a claim that cannot be finished any more."""
    with connection.cursor() as cursor:
        cursor.execute(statement("archive/drop_claim"), (topic, partition, start))


def _locked_position(connection: Connection[Cursor], topic: str, partition: int) -> int:
    row = fetch_one(connection, statement("archive/lock_position"), (topic, partition))
    if row is None:
        raise ArchiveIncompleteError(f"The archive knows no partition {partition} of {topic!r}.")
    return int(row["next_offset"])


def segment_at(
    connection: Connection[Cursor], topic: str, partition: int, start: int
) -> Segment | None:
    """The segment that begins at an offset, archived or only claimed."""
    row = fetch_one(connection, statement("archive/segment_at"), (topic, partition, start))
    return _segment(row) if row else None


def _segment(row: dict[str, Any]) -> Segment:
    span = OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
    return Segment(span, row["rules_version"])


def _next_segment(
    connection: Connection[Cursor], topic: str, span: OffsetRange, most_records: int
) -> Segment:
    parameters = (topic, span.partition, span.start, span.end, MOST_RANGES)
    rows = fetch_all(connection, statement("archive/ranges_from"), parameters)
    end = segment_end(span, rows, most_records)
    return Segment(OffsetRange(span.partition, span.start, end), rows[0]["rules_version"])


def segment_end(span: OffsetRange, ranges: Sequence[dict[str, Any]], most_records: int) -> int:
    """Where a segment ends that starts at ``span.start``: whole ranges, of one rules version.

    A gap of the ledger is a segment by itself: a backfill fills it later.

    Raises:
        ArchiveIncompleteError: the ledger's ranges do not begin there, or have a gap.
    """
    end = span.start
    for row in ranges:
        if row["start_offset"] != end:
            break
        is_enough = end > span.start and row["end_offset"] - span.start > most_records
        other_kind = any(row[name] != ranges[0][name] for name in ("rules_version", "is_gap"))
        if is_enough or other_kind or (row["is_gap"] and end > span.start):
            break
        end = row["end_offset"]
    if end == span.start:
        raise ArchiveIncompleteError(
            f"The ledger stands at {span.end:,} in partition {span.partition}, but no range that it"
            f" applied begins at {span.start:,}.",
            next_step="`clickledger ledger audit` shows the gap; docs/runbooks/audit-failed.md",
        )
    return end


def _insert(connection: Connection[Cursor], topic: str, segment: Segment) -> None:
    span = segment.span
    row = (topic, span.partition, span.start, span.end, segment.rules_version)
    with connection.cursor() as cursor:
        cursor.execute(statement("archive/add_segment"), row)


def booked(connection: Connection[Cursor], topic: str, segment: Segment) -> Booked:
    """What the ledger says of the segment's ranges.

    Raises:
        ArchiveIncompleteError: its ranges do not fill the segment.
    """
    span = segment.span
    parameters = (topic, span.partition, span.start, span.end)
    row = fetch_one(connection, statement("ledger/booked"), parameters)
    if row is None or row["offsets"] != len(span):
        covered = int(row["offsets"]) if row else 0
        raise ArchiveIncompleteError(
            f"The ledger's ranges in {span} cover {covered:,} of {len(span):,} offsets.",
            next_step="`clickledger ledger audit` shows which; docs/runbooks/audit-failed.md",
        )
    return Booked(**{each.name: int(row[each.name]) for each in fields(Booked)})


@tried_again
def list_segment(
    connection: Connection[Cursor],
    topic: str,
    segment: Segment,
    files: Iterable[ArchiveFile],
    kafka_times_ms: tuple[int | None, int | None],
    found: Booked,
) -> bool:
    """Make the files the segment's, and move the position; ``False``: somebody else was quicker."""
    span, files = segment.span, list(files)
    with transaction(connection):
        if _locked_position(connection, topic, span.partition) != span.start:
            return False
        size = sum(file.bytes for file in files)
        key = (topic, span.partition, span.start)
        with connection.cursor() as cursor:
            for file in files:
                row = (file.path, *key, file.records, file.bytes, file.sha256)
                cursor.execute(statement("archive/add_file"), row)
            end = (found.records, found.holes, size, *kafka_times_ms, *key)
            cursor.execute(statement("archive/end_segment"), end)
            cursor.execute(statement("archive/advance"), (span.end, *key))
    return True


def files_of(connection: Connection[Cursor], topic: str, segment: Segment) -> list[ArchiveFile]:
    """The listed files of a segment."""
    rows = fetch_all(connection, statement("archive/files_of_segment"), (topic, *segment.key))
    return [ArchiveFile(**row) for row in rows]
