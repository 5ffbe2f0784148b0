"""Where the events of some hours lie in the archive, proven to be all of them (P6, step 3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.files import hashed, read_records
from batch.archive.segments import ArchiveFile, Segment, booked, files_of
from batch.archive.summaries import keep_summary, summarised
from batch.suspects import WrongRange, wrong_ranges
from clickledger.contract.rules import Rules
from clickledger.errors import ArchiveIncompleteError
from clickledger.ledger.positions import OffsetRange, read_positions
from clickledger.ledger.rules_versions import rules_of_version
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.release import transforms_fingerprint
from clickledger.settings import Settings
from clickledger.transforms.judge import judged

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RUNBOOK = "docs/runbooks/archive-incomplete.md"


@dataclass(frozen=True, slots=True)
class Sources:
    """The segments that hold events of some hours, proven complete below the cut.

    ``wrong`` are ranges that the ledger counted otherwise than the recount does, by the same rules.
    ``releases`` are (name, code fingerprint) of all that counted ranges of the segments.
    """

    segments: tuple[Segment, ...]
    parts: tuple[tuple[Rules, tuple[str, ...]], ...]
    wrong: tuple[WrongRange, ...]
    releases: tuple[tuple[str, str], ...]


@dataclass
class Archive:
    """Reads the archive of one topic; files are hashed once a run."""

    spark: SparkSession
    settings: Settings
    fingerprint: str = field(default_factory=transforms_fingerprint)
    _proven: set[str] = field(default_factory=set)

    def sources(
        self, connection: Connection[Cursor], cut: Mapping[int, int], hours: Sequence[datetime]
    ) -> Sources:
        """The sources of ``hours`` below ``cut``.

        Raises:
            ArchiveIncompleteError: segments do not tile up to the cut, a file is gone or holds
                other bytes, or a segment is not what the ledger has booked.
        """
        rows = self._tiled(connection, cut)
        self._summarise(connection, [row for row in rows if row["accepted"] is None])
        wanted = self._holding(connection, hours)
        used = [row for row in self._tiled(connection, cut) if _segment(row).key in wanted]
        segments = [_segment(row) for row in used]
        files = {segment: self._proven_files(connection, segment) for segment in segments}
        return Sources(
            segments=tuple(segments),
            parts=tuple(self._parts(connection, files)),
            wrong=tuple(self._wrong(connection, used, files)),
            releases=tuple(sorted(set(self._releases(connection, segments)))),
        )

    def _tiled(
        self, connection: Connection[Cursor], cut: Mapping[int, int]
    ) -> list[dict[str, Any]]:
        topic = self.settings.topic
        positions = read_positions(connection, topic)
        found = []
        for partition, end in sorted(cut.items()):
            question = {
                "topic": topic,
                "partition": partition,
                "cut": end,
                "fingerprint": self.fingerprint,
            }
            rows = fetch_all(connection, statement("archive/segments_below"), question)
            at = positions[partition].origin_offset
            for row in rows:
                _require_no_gap(OffsetRange(partition, at, row["start_offset"]))
                at = row["end_offset"]
            _require_no_gap(OffsetRange(partition, at, end))
            found += rows
        return found

    def _summarise(self, connection: Connection[Cursor], rows: Iterable[dict[str, Any]]) -> None:
        for segment in map(_segment, rows):
            paths = self._proven_files(connection, segment)
            rules = rules_of_version(connection, segment.rules_version)
            found = summarised(read_records(self.spark, paths), rules)
            keep_summary(connection, self.settings.topic, segment, self.fingerprint, found)

    def _holding(
        self, connection: Connection[Cursor], hours: Sequence[datetime]
    ) -> set[tuple[int, int]]:
        question = {
            "hours": json.dumps([str(hour) for hour in hours]),
            "topic": self.settings.topic,
            "fingerprint": self.fingerprint,
        }
        rows = fetch_all(connection, statement("archive/segments_of_hours"), question)
        return {(row["kafka_partition"], row["start_offset"]) for row in rows}

    def _proven_files(self, connection: Connection[Cursor], segment: Segment) -> tuple[str, ...]:
        topic = self.settings.topic
        files = {self._path(file): file for file in files_of(connection, topic, segment)}
        records = sum(file.records for file in files.values())
        expected = booked(connection, topic, segment)
        if records != expected.records:
            raise ArchiveIncompleteError(
                f"{segment.span}: the archive lists {records:,} records, the ledger has booked"
                f" {expected.records:,}.",
                next_step=RUNBOOK,
            )
        unproven = [path for path in files if path not in self._proven]
        for path, found in hashed(self.spark, unproven).items():
            _require_same(path, files[path], found)
        self._proven.update(unproven)
        return tuple(files)

    def _path(self, file: ArchiveFile) -> str:
        return f"{self.settings.archive}/{file.path}"

    def _parts(
        self, connection: Connection[Cursor], files: Mapping[Segment, tuple[str, ...]]
    ) -> Iterable[tuple[Rules, tuple[str, ...]]]:
        for version in sorted({segment.rules_version for segment in files}):
            of_version = [p for segment, p in files.items() if segment.rules_version == version]
            yield rules_of_version(connection, version), tuple(p for ps in of_version for p in ps)

    def _wrong(
        self,
        connection: Connection[Cursor],
        rows: Iterable[dict[str, Any]],
        files: Mapping[Segment, tuple[str, ...]],
    ) -> Iterable[WrongRange]:
        for row in rows:
            segment = _segment(row)
            span = segment.span
            key = (self.settings.topic, span.partition, span.start, span.end)
            ledger = fetch_one(connection, statement("batch/booked_counts"), key) or {}
            if all(row[name] == count for name, count in ledger.items()):
                continue
            ranges = fetch_all(connection, statement("batch/booked_ranges"), key)
            rules = rules_of_version(connection, segment.rules_version)
            records = read_records(self.spark, files[segment])
            found = judged(records, rules).select("offset", "reason", "click", "time_ms").toArrow()
            yield from wrong_ranges(span.partition, ranges, found)

    def _releases(
        self, connection: Connection[Cursor], segments: Iterable[Segment]
    ) -> Iterable[tuple[str, str]]:
        for segment in segments:
            span = segment.span
            key = (self.settings.topic, span.partition, span.start, span.end)
            for row in fetch_all(connection, statement("batch/releases_between"), key):
                yield row["release_name"], row["code_fingerprint"]


def _segment(row: Mapping[str, Any]) -> Segment:
    span = OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
    return Segment(span, row["rules_version"])


def _require_no_gap(gap: OffsetRange) -> None:
    if len(gap) > 0:
        raise ArchiveIncompleteError(f"The archive lacks {gap}.", next_step=RUNBOOK)


def _require_same(path: str, listed: ArchiveFile, found: tuple[int, str]) -> None:
    if (listed.bytes, listed.sha256) != found:
        raise ArchiveIncompleteError(
            f"The file {path} is not the one that was archived: {found[0]:,} bytes, SHA-256"
            f" {found[1][:16]}…, listed were {listed.bytes:,} bytes, {listed.sha256[:16]}….",
            next_step=RUNBOOK,
        )
