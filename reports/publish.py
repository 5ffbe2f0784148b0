"""Publish a day: read it in one snapshot, decide whether it is a new version, put it in place."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_now
from clickledger.errors import ConfigurationError
from clickledger.failpoints import reach
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.progress import OnProgress
from clickledger.release import release_name
from clickledger.settings import Settings
from reports.adopted import adopt, kept_run
from reports.changes import Changes, keep_corrections, write_changes
from reports.day import Day, find_day
from reports.day_read import DayRead
from reports.facts import Facts, beside_of, comparisons_of
from reports.gaps import open_gaps
from reports.gate import held_by
from reports.making import complete, write_tables
from reports.manifest import (
    NAME,
    RUN,
    csv_is_exact,
    figures_are_whole,
    listed_files,
    read_manifest,
    size_and_digest,
    write_json,
)
from reports.origins import Origins, origins_of
from reports.registry import Export, exports_of, newest_good, same_figures, write_export
from reports.shelf import Shelf


class Outcome(StrEnum):
    """What came of asking for a day."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAILED = "failed"  # it could not be written


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants a day published, and how."""

    by: str
    provisional: bool = False  # also while something holds it back
    exact_csv: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What came of one day; ``version`` is the newest that stands now."""

    day: date
    outcome: Outcome
    version: int | None
    folder: Path | None
    why: Sequence[str]
    totals: dict[str, int] = field(default_factory=dict)
    rows_per_s: int | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the day has no event."""
        return self.totals.get("events") == 0


class Publisher:
    """Publishes days of one deployment. The caller's shelf is ours alone meanwhile."""

    def __init__(
        self,
        connection: Connection[Cursor],
        settings: Settings,
        ask: Ask,
        progress: OnProgress = lambda rows, share: None,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._ask = ask
        self._progress = progress
        self.shelf = Shelf(settings.exports)

    def publish(self, day: date) -> Published:
        """Publish a day if there is something new to say of it, and if nothing holds it back."""
        with self.shelf.making() as folder:
            found = self._read(day, folder)
            if isinstance(found, Published):
                return found
            return self._decide(found, folder)

    def _read(self, day: date, folder: Path) -> DayRead | Published:
        """Everything that comes from the database, in one snapshot."""
        zone = self._settings.report_time_zone
        adopt(self._connection, self.shelf, zone, day)
        before = exports_of(self._connection, zone, day)
        newest = before[-1] if before else None
        if before:
            self.shelf.point(day, newest_good(before).version)
        with consistent_snapshot(self._connection) as read_at:
            asked = find_day(self._connection, day)
            _require_zone(asked, zone)
            origins = origins_of(self._connection, asked)
            held = held_by(self._connection, asked, origins, read_at)
            if held and not self._ask.provisional:
                return self._stays(day, Outcome.HELD, newest, held)
            if newest and _is_as_it_was(newest, origins, held):
                return self._unchanged(day, newest, "no hour has moved")
            began = utc_now()
            tables = write_tables(
                self._connection, asked, folder, self._progress, exact_csv=self._ask.exact_csv
            )
            took = (utc_now() - began).total_seconds()
            since = _since(before, held)
            keep_corrections(self._connection, asked, since, _corrections(folder))
            beside = beside_of(self._connection, asked, tables.types.names)
            compared = comparisons_of(self._connection, asked)
            gaps = open_gaps(self._connection, self._settings.topic, asked)
        return DayRead(
            asked,
            read_at,
            origins,
            gaps,
            held,
            before,
            tables,
            took,
            beside,
            compared,
            since,
        )

    def _decide(self, found: DayRead, folder: Path) -> Published:
        newest = found.newest
        if newest is None:
            return self._put(found, folder, None, "first version")
        same_state = newest.is_final or bool(found.held)
        if same_state and newest.figures_sha256 == found.tables.figures:
            same_figures(self._connection, newest, found.origins.versions)
            return self._unchanged(found.day.day, newest, "its hours moved, its figures did not")
        since = found.since or newest
        old = self.shelf.root / since.folder
        if not figures_are_whole(old, since.manifest_sha256):
            reason = f"the files of v{since.version} are gone or damaged"
            return self._put(found, folder, None, reason)
        corrections, exact = _corrections(folder), self._ask.exact_csv
        changes = write_changes(folder, old, folder, corrections, exact_csv=exact)
        return self._put(found, folder, changes, _reason(since, newest, found.held, changes))

    def _put(self, found: DayRead, folder: Path, changes: Changes | None, reason: str) -> Published:
        day = found.day.day
        facts = found.facts(self._next_version(found), reason)
        manifest = complete(folder, facts, found.tables, changes, exact_csv=self._ask.exact_csv)
        row = self._row(found, facts, changes, folder)
        write_json(folder / RUN, kept_run(row, found.rows_per_s))
        target = self.shelf.put(folder, day, facts.version)
        # Before its row is there: a day that has one is not due, and nobody looks at it again.
        self.shelf.point(day, newest_good([*found.before, row]).version)
        write_export(self._connection, row, listed_files(manifest))
        reach("export_recorded")
        return Published(
            day,
            Outcome.PUBLISHED,
            facts.version,
            target,
            [reason, *found.held],
            {name: facts.total(name) for name in ("clicks", "events", "devices")},
            found.rows_per_s,
        )

    def _next_version(self, found: DayRead) -> int:
        numbers = [each.version for each in found.before] + self.shelf.versions(found.day.day)
        return max(numbers, default=0) + 1

    def _row(self, found: DayRead, facts: Facts, changes: Changes | None, folder: Path) -> Export:
        day = found.day
        target = self.shelf.bundle(day.day, facts.version)
        return Export(
            time_zone=day.time_zone,
            day=day.day,
            version=facts.version,
            state=facts.state,
            reason=facts.reason[:1024],
            folder=str(target.relative_to(self.shelf.root)),
            manifest_sha256=size_and_digest(folder / NAME)[1],
            figures_sha256=found.tables.figures,
            made_of=found.origins.kept,
            hours_version=found.origins.versions,
            clicks=facts.total("clicks"),
            events=facts.total("events"),
            devices=facts.total("devices"),
            moved_rows=changes.rows if changes else None,
            run=str(uuid.uuid4()),
            release_name=release_name(self._settings),
            asked_by=self._ask.by,
            read_at=found.read_at,
            published_at=utc_now(),
        )

    def _unchanged(self, day: date, newest: Export, why: str) -> Published:
        said = [why]
        folder = self.shelf.root / newest.folder
        if self._ask.exact_csv and folder.is_dir() and not csv_is_exact(read_manifest(folder)):
            said.append("its CSV stays as it is; the Parquet files beside it are exact")
        return self._stays(day, Outcome.UNCHANGED, newest, said)

    def _stays(
        self, day: date, outcome: Outcome, newest: Export | None, why: Sequence[str]
    ) -> Published:
        if newest is None:
            return Published(day, outcome, None, None, why)
        totals = {name: getattr(newest, name) for name in ("clicks", "events", "devices")}
        folder = self.shelf.root / newest.folder
        return Published(day, outcome, newest.version, folder, why, totals)


def _require_zone(day: Day, time_zone: str) -> None:
    if day.time_zone != time_zone:
        raise ConfigurationError(
            f"The calendar holds days of {day.time_zone}, the settings want {time_zone}.",
            next_step="run `clickledger migrate`",
        )


def _since(before: Sequence[Export], held: Sequence[str]) -> Export | None:
    """A final version is compared with the final one before it, whatever was said between."""
    if not before:
        return None
    return before[-1] if held else newest_good(before)


def _is_as_it_was(newest: Export, origins: Origins, held: Sequence[str]) -> bool:
    return newest.hours_version == origins.versions and newest.is_final != bool(held)


def _reason(since: Export, newest: Export, held: Sequence[str], changes: Changes) -> str:
    what = f"the same figures as v{since.version}"
    if changes.rows:
        what = f"moved since v{since.version}: {changes.why}"
    return what if newest.is_final or held else f"final now; {what}"


def _corrections(folder: Path) -> Path:
    return folder.parent / "scratch" / "corrections.parquet"
