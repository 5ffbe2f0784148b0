"""Archive everything that the ledger has applied (protocol P5).

Claim, write under a name of this attempt, read back and compare with the ledger, list. Killed
anywhere, the next run finishes the claim; what an attempt left is litter that no reader sees.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.files import (
    COLUMNS,
    read_records,
    remove_folder,
    write_records,
    written_file,
)
from batch.archive.segments import (
    ArchiveFile,
    Booked,
    Segment,
    booked,
    claim,
    first_record,
    list_segment,
    open_positions,
)
from batch.archive.summaries import Summary, keep_summary, summarised
from clickledger.errors import ArchiveIncompleteError, KafkaDataLostError
from clickledger.failpoints import reach
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import read_positions
from clickledger.ledger.rules_versions import rules_of_version
from clickledger.mysql.connection import connected
from clickledger.release import transforms_fingerprint
from clickledger.settings import Role, Settings
from clickledger.spark.kafka_ranges import read_ranges

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_ONCE = 2  # partitions; a segment is one task, and two cores run two


@dataclass(frozen=True, slots=True)
class Archived:
    """What a run added to the archive."""

    segments: int = 0
    records: int = 0
    bytes: int = 0

    def __add__(self, other: Archived) -> Archived:
        return Archived(
            self.segments + other.segments, self.records + other.records, self.bytes + other.bytes
        )


class Archiver:
    """Moves the archive of one topic up to a cut. ``progress`` hears of each segment."""

    def __init__(
        self,
        spark: SparkSession,
        settings: Settings,
        progress: Callable[[Segment, Archived], None] = lambda segment, added: None,
    ) -> None:
        self._spark = spark
        self._settings = settings
        self._progress = progress
        self._fingerprint = transforms_fingerprint()

    def up_to(self, cut: Mapping[int, int]) -> Archived:
        """Archive every partition up to its offset in ``cut``, which the ledger has reached.

        Raises:
            KafkaDataLostError: Kafka no longer holds what is to be archived of a partition; the
                others are archived.
            ArchiveIncompleteError: Kafka gives other records than the ledger has booked.
        """
        topic = self._settings.topic
        with connected(self._settings, Role.BATCH) as connection:
            positions = open_positions(connection, topic)
        # A partition that the ledger got since has a position, and lies beyond the cut.
        behind = {p: at for p, at in positions.items() if at < cut.get(p, at)}
        if not behind:
            return Archived()
        lost = self._lost(behind)
        going = [partition for partition in behind if partition not in lost]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="archive") as pool:
            done = sum(pool.map(self._partition, going, map(cut.__getitem__, going)), Archived())
        for error in lost.values():
            raise error
        return done

    def _lost(self, behind: Mapping[int, int]) -> dict[int, KafkaDataLostError]:
        with TopicLog(self._settings) as kafka, connected(self._settings, Role.BATCH) as connection:
            topic_id = kafka.describe().topic_id
            positions = read_positions(connection, kafka.topic)
            bounds = kafka.bounds(behind)
            needed = {p: first_record(connection, kafka.topic, p, at) for p, at in behind.items()}
        lost = {}
        for partition, at in needed.items():
            if positions[partition].topic_id != topic_id:
                raise KafkaDataLostError(
                    f"The topic {kafka.topic!r} is not the one that the ledger has read.",
                    next_step="docs/runbooks/kafka-data-lost.md",
                )
            if at is not None and bounds[partition].start > at:
                lost[partition] = KafkaDataLostError(
                    f"Kafka has dropped the offsets {at:,} to {bounds[partition].start:,} of"
                    f" partition {partition} before they were archived.",
                    next_step="docs/runbooks/archive-incomplete.md",
                )
        return lost

    def _partition(self, partition: int, cut: int) -> Archived:
        done = Archived()
        with connected(self._settings, Role.BATCH) as connection:
            while segment := self._claimed(connection, partition, cut):
                added = self._archive(connection, segment)
                done += added
                self._progress(segment, added)
        return done

    def _claimed(self, connection: Connection[Cursor], partition: int, cut: int) -> Segment | None:
        settings = self._settings
        most = settings.archive_segment_records
        found = claim(connection, settings.topic, partition, cut, most)
        reach("segment_claimed")
        return found

    def _archive(self, connection: Connection[Cursor], segment: Segment) -> Archived:
        expected = booked(connection, self._settings.topic, segment)
        folder = self._new_folder(segment)
        summary, files = self._written(connection, segment, expected, folder)
        reach("before_listing")
        topic = self._settings.topic
        times = (summary.kafka_time_min_ms, summary.kafka_time_max_ms)
        if not list_segment(connection, topic, segment, files, times, expected):
            remove_folder(self._spark, self._path(folder))
            return Archived()
        keep_summary(connection, topic, segment, self._fingerprint, summary)
        return Archived(1, expected.records, sum(file.bytes for file in files))

    def _written(
        self, connection: Connection[Cursor], segment: Segment, expected: Booked, folder: str
    ) -> tuple[Summary, list[ArchiveFile]]:
        if not expected.records:  # nothing but transaction markers
            return Summary(), []
        path = self._path(folder)
        records = read_ranges(self._spark, self._settings, [segment.span])
        write_records(records.selectExpr(*COLUMNS), path)
        reach("segment_written")
        rules = rules_of_version(connection, segment.rules_version)
        summary = summarised(read_records(self._spark, [path]), rules)
        if summary.records != expected.records:
            remove_folder(self._spark, path)
            raise ArchiveIncompleteError(
                f"{segment.span}: the ledger has booked {expected.records:,} records, Kafka gives"
                f" {summary.records:,}.",
                next_step="`clickledger ledger audit`; docs/runbooks/audit-failed.md",
            )
        name, size, digest = written_file(self._spark, path)
        return summary, [ArchiveFile(f"{folder}/{name}", summary.records, size, digest)]

    def _new_folder(self, segment: Segment) -> str:
        span, attempt = segment.span, uuid.uuid4().hex
        return f"{self._settings.topic}/{span.partition}/{span.start:020d}-{attempt}"

    def _path(self, folder: str) -> str:
        return f"{self._settings.archive}/{folder}"
