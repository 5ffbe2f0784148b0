"""Where the events of some hours lie in the archive, proven to be all of them (P6, step 3)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.archive.files import hashed, read_records
from batch.archive.losses import Loss, concerned_hours, hours_of_arrival, read_losses
from batch.archive.segments import (
    ArchiveFile,
    Booked,
    Segment,
    archive_origins,
    booked,
    files_of,
)
from batch.archive.summaries import keep_summary, summarised
from batch.recount.judging import Part, Slice, parts, slices
from batch.recount.restatements import Restatement, standing_restatements
from batch.recount.suspects import WrongRange, wrong_ranges
from clickledger.clock import to_epoch_ms
from clickledger.errors import ArchiveIncompleteError
from clickledger.ledger.positions import OffsetRange
from clickledger.ledger.rules_versions import rules_of_version
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.release import transforms_fingerprint
from clickledger.settings import Settings
from clickledger.transforms.judge import judged

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Lacking = dict[OffsetRange, str]  # what cannot be proven, and why
RUNBOOK = "docs/runbooks/archive-incomplete.md"


@dataclass(frozen=True, slots=True)
class Sources:
    """The segments that hold events of some hours that are judged alike, complete below the cut.

    ``wrong`` are ranges that the ledger counted otherwise than the recount does, by the same rules,
    and that were not restated since. ``releases`` are (name, code fingerprint) of all that counted
    ranges of the segments.
    """

    hours: tuple[datetime, ...]
    segments: tuple[Segment, ...]
    parts: tuple[Part, ...]
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
        self,
        connection: Connection[Cursor],
        cut: Mapping[int, int],
        hours: Sequence[datetime],
        restated: Restatement | None = None,
    ) -> list[Sources]:
        """The sources of ``hours`` below ``cut``, as if all were ``restated`` if that is given.

        Raises:
            ArchiveIncompleteError: what may hold events of ``hours`` is lost or not archived up to
                the cut, a file of it is gone or holds other bytes, or a segment is not what the
                ledger has booked.
        """
        standing = standing_restatements(connection, hours)
        if restated:
            standing = dict.fromkeys(hours, restated)
        lacking = self.prepare(connection, cut, standing.values())
        self._require_all(connection, hours, lacking)
        wanted = self._holding(connection, hours)
        used = [row for row in self._tiled(connection, cut)[0] if _segment(row).key in wanted]
        segments = [_segment(row) for row in used]
        groups: dict[tuple[Slice, ...], list[datetime]] = {}
        for hour in hours:
            cuts = (slices(segment, standing.get(hour)) for segment in segments)
            groups.setdefault(tuple(chain.from_iterable(cuts)), []).append(hour)
        evidence = self._evidence(connection, used)
        return [
            Sources(
                hours=tuple(alike),
                segments=tuple(segments),
                parts=tuple(self._parts(connection, found, evidence.files, cut)),
                wrong=tuple(_standing(evidence.wrong, standing.get(alike[0]))),
                releases=_releases(evidence, found),
            )
            for found, alike in groups.items()
        ]

    def prepare(
        self,
        connection: Connection[Cursor],
        cut: Mapping[int, int],
        restated: Iterable[Restatement] = (),
    ) -> Lacking:
        """Count what is not counted yet: every segment by its own rules, and by restated ones.

        Returns what cannot be counted, for it is not archived or not as it was.
        """
        rows, lacking = self._tiled(connection, cut)
        lacking |= self._summarise(connection, rows)
        for version, ends in _furthest(restated).items():
            rows, _ = self._tiled(connection, cut, version)
            below = [row for row in rows if row["start_offset"] < ends[row["kafka_partition"]]]
            lacking |= self._summarise(connection, below, version)
        return lacking

    def lost(
        self, connection: Connection[Cursor], hours: Sequence[datetime]
    ) -> dict[datetime, Loss]:
        """Which of ``hours`` cannot be counted again, because a person has accepted a loss."""
        return {
            hour: loss
            for loss in read_losses(connection, self.settings.topic)
            for hour in concerned_hours(connection, self.settings.topic, loss.span, hours)
        }

    def broken(self, connection: Connection[Cursor], segment: Segment) -> str:
        """Why a segment's files are not what was archived; empty: they are."""
        expected = self._booked(connection, segment)
        try:
            self._proven_files(connection, segment, expected)
        except ArchiveIncompleteError as error:
            return str(error)
        return ""

    def _require_all(
        self, connection: Connection[Cursor], hours: Sequence[datetime], lacking: Lacking
    ) -> None:
        for span, why in lacking.items():
            if concerned_hours(connection, self.settings.topic, span, hours):
                raise ArchiveIncompleteError(why, next_step=RUNBOOK)
        for hour, loss in self.lost(connection, hours).items():
            raise ArchiveIncompleteError(f"{hour}: {loss}", next_step=RUNBOOK)

    def arrivals(
        self, connection: Connection[Cursor], sources: Sources, cut: Mapping[int, int]
    ) -> list[Part]:
        """What ``sources`` lack of the records that arrived in their hours.

        Raises:
            ArchiveIncompleteError: a file is gone or holds other bytes, or records are not archived
                or lost.
        """
        _, missing = self._tiled(connection, cut)
        missing |= {loss.span: str(loss) for loss in read_losses(connection, self.settings.topic)}
        for span, why in missing.items():
            if hours_of_arrival(connection, self.settings.topic, span, sources.hours):
                raise ArchiveIncompleteError(why, next_step=RUNBOOK)
        starts = json.dumps([to_epoch_ms(hour) for hour in sources.hours])
        question = {"topic": self.settings.topic, "hours": starts}
        rows = fetch_all(connection, statement("archive/segments_arrived"), question)
        more = set(map(_segment, rows)) - set(sources.segments)
        files = {
            segment: self._proven_files(connection, segment, self._booked(connection, segment))
            for segment in sorted(more, key=lambda segment: segment.key)
        }
        whole = [each for segment in files for each in slices(segment, None)]
        return list(self._parts(connection, whole, files, cut))

    def _tiled(
        self, connection: Connection[Cursor], cut: Mapping[int, int], version: int | None = None
    ) -> tuple[list[dict[str, Any]], Lacking]:
        """Segments below the cut with their summaries by one version of the rules, or their own.

        And what they leave out.
        """
        topic = self.settings.topic
        origins = archive_origins(connection, topic)
        found, gaps = [], []
        for partition, end in sorted(cut.items()):
            question = {
                "topic": topic,
                "partition": partition,
                "cut": end,
                "fingerprint": self.fingerprint,
                "rules_version": version,
            }
            rows = fetch_all(connection, statement("archive/segments_below"), question)
            at = origins[partition]
            for row in rows:
                gaps.append(OffsetRange(partition, at, row["start_offset"]))
                at = row["end_offset"]
            gaps.append(OffsetRange(partition, at, end))
            found += rows
        return found, {gap: f"The archive lacks {gap}." for gap in gaps if len(gap) > 0}

    def _summarise(
        self,
        connection: Connection[Cursor],
        rows: Iterable[dict[str, Any]],
        version: int | None = None,
    ) -> Lacking:
        lost = {loss.span for loss in read_losses(connection, self.settings.topic)}
        lacking: Lacking = {}
        for segment in (_segment(row) for row in rows if row["accepted"] is None):
            if segment.span in lost:
                continue
            wanted = replace(segment, rules_version=version or segment.rules_version)
            try:
                if not self._is_summarised(connection, wanted):
                    self._is_summarised(connection, wanted)  # a gap that is closed now: once more
            except ArchiveIncompleteError as error:
                lacking[segment.span] = str(error)
        return lacking

    def _is_summarised(self, connection: Connection[Cursor], segment: Segment) -> bool:
        paths = self._proven_files(connection, segment, self._booked(connection, segment))
        rules = rules_of_version(connection, segment.rules_version)
        found = summarised(read_records(self.spark, paths), rules)
        return keep_summary(connection, self.settings.topic, segment, self.fingerprint, found)

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

    def _booked(self, connection: Connection[Cursor], segment: Segment) -> Booked:
        return booked(connection, self.settings.topic, segment)

    def _proven_files(
        self, connection: Connection[Cursor], segment: Segment, expected: Booked
    ) -> tuple[str, ...]:
        topic = self.settings.topic
        files = {self._path(file): file for file in files_of(connection, topic, segment)}
        records = sum(file.records for file in files.values())
        if records != expected.records:
            raise ArchiveIncompleteError(
                f"{segment.span}: the archive lists {records:,} records, the ledger has booked"
                f" {expected.records:,}.",
                next_step=RUNBOOK,
            )
        unproven = [path for path in files if path not in self._proven]
        try:
            hashes = hashed(self.spark, unproven)
        except ArchiveIncompleteError as error:
            raise ArchiveIncompleteError(f"{segment.span}: {error}", next_step=RUNBOOK) from None
        for path, found in hashes.items():
            _require_same(segment, path, files[path], found)
        self._proven.update(unproven)
        return tuple(files)

    def _path(self, file: ArchiveFile) -> str:
        return f"{self.settings.archive}/{file.path}"

    def _evidence(
        self, connection: Connection[Cursor], rows: Iterable[dict[str, Any]]
    ) -> _Evidence:
        found = _Evidence({}, [], {})
        for row in rows:
            segment = _segment(row)
            expected = self._booked(connection, segment)
            found.files[segment] = self._proven_files(connection, segment, expected)
            found.counted_by[segment] = set(self._counted_by(connection, segment))
            found.wrong.extend(self._wrong(connection, row, expected, found.files[segment]))
        return found

    def _parts(
        self,
        connection: Connection[Cursor],
        found: Sequence[Slice],
        files: Mapping[Segment, tuple[str, ...]],
        cut: Mapping[int, int],
    ) -> Iterator[Part]:
        versions = {each.rules_version for each in found}
        rules = {version: rules_of_version(connection, version) for version in versions}
        return parts(found, files, rules, cut)

    def _wrong(
        self,
        connection: Connection[Cursor],
        row: dict[str, Any],
        expected: Booked,
        paths: Sequence[str],
    ) -> list[WrongRange]:
        segment = _segment(row)
        span = segment.span
        if all(row[name] == getattr(expected, name) for name in ("accepted", "rejected", "clicks")):
            return []
        key = (self.settings.topic, span.partition, span.start, span.end)
        ranges = fetch_all(connection, statement("batch/booked_ranges"), key)
        rules = rules_of_version(connection, segment.rules_version)
        records = judged(read_records(self.spark, paths), rules)
        found = records.select("offset", "reason", "click", "time_ms").toArrow()
        return wrong_ranges(span.partition, ranges, found)

    def _counted_by(
        self, connection: Connection[Cursor], segment: Segment
    ) -> Iterable[tuple[str, str]]:
        span = segment.span
        key = (self.settings.topic, span.partition, span.start, span.end)
        for row in fetch_all(connection, statement("batch/releases_between"), key):
            yield row["release_name"], row["code_fingerprint"]


@dataclass
class _Evidence:
    files: dict[Segment, tuple[str, ...]]
    wrong: list[WrongRange]
    counted_by: dict[Segment, set[tuple[str, str]]]


def _releases(evidence: _Evidence, cuts: Iterable[Slice]) -> tuple[tuple[str, str], ...]:
    found: set[tuple[str, str]] = set()
    for each in cuts:
        by_stream = evidence.counted_by[each.segment]
        found |= {each.restated_by} if each.restated_by else by_stream
    return tuple(sorted(found))


def _standing(wrong: Iterable[WrongRange], restated: Restatement | None) -> Iterator[WrongRange]:
    """Without those that lie below the restatement's cut."""
    ends = restated.cut if restated else {}
    return (found for found in wrong if found.span.end > ends.get(found.span.partition, 0))


def _furthest(restated: Iterable[Restatement]) -> dict[int, dict[int, int]]:
    """Per version of the rules: how far each partition has to be counted by it."""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for each in restated:
        for partition, end in each.cut.items():
            known = found[each.rules_version]
            known[partition] = max(known[partition], end)
    return found


def _segment(row: Mapping[str, Any]) -> Segment:
    span = OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
    return Segment(span, row["rules_version"])


def _require_same(segment: Segment, path: str, listed: ArchiveFile, found: tuple[int, str]) -> None:
    if (listed.bytes, listed.sha256) != found:
        raise ArchiveIncompleteError(
            f"{segment.span}: the file {path} is not the one that was archived: {found[0]:,} bytes,"
            f" SHA-256 {found[1][:16]}…, listed were {listed.bytes:,} bytes,"
            f" {listed.sha256[:16]}….",
            next_step=RUNBOOK,
        )
