"""What processes left in the home folder: checkpoints, releases that nobody runs, logs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from batch.maintenance.folders import modified, remove, size
from batch.maintenance.items import Item, Kind, Work
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import (
    CHECKOUT,
    ENDED_GENERATIONS_FOLDER,
    ENVIRONMENTS_FOLDER,
    GENERATIONS_FOLDER,
    RELEASES_FOLDER,
)

LOG_FOLDERS = ("logs", "airflow/logs")
GOOD_TO_KEEP = 5  # releases that one can go back to
JUST_MADE = timedelta(hours=1)  # its release may not be written down yet


@dataclass(frozen=True, slots=True)
class Paths:
    """A keeper of paths below one folder of the home; subclasses say which may go, and why."""

    def found(self, work: Work) -> Mapping[str, tuple[Path, str]]:
        """Path and detail by name."""
        raise NotImplementedError

    @property
    def kind(self) -> Kind:
        """The bytes that the items take."""
        raise NotImplementedError

    def items(self, work: Work) -> Iterator[Item]:
        """What may go now."""
        for name, (path, detail) in sorted(self.found(work).items()):
            yield Item(self.kind, name, detail, size(path))

    def delete(self, work: Work, name: str) -> str:
        """One of them, if it still may."""
        found = self.found(work).get(name)
        if found is None:
            return "it is gone, or in use again"
        remove(found[0])
        return ""


class Checkpoints(Paths):
    """Folders of generations whose driver has ended; every start makes a new one (P2).

    Watching puts them away, each with its ``generation.json``; what it could not is found too.
    """

    kind = Kind.CHECKPOINTS

    def found(self, work: Work) -> Mapping[str, tuple[Path, str]]:
        """Names are generations. One that no row knows is of a driver that never took over."""
        before = work.before(work.settings.keep_checkpoints)
        if before is None:
            return {}
        rows = fetch_all(work.connection, statement("maintenance/generations"))
        stay = {row["generation"] for row in rows if row["may_live"] or row["last_at"] >= before}
        running, ended = (
            _ages(_folder(work, name)) for name in (GENERATIONS_FOLDER, ENDED_GENERATIONS_FOLDER)
        )
        found = [(path, at) for path, at in running if path.name not in stay and at < before]
        found += [
            (path, at)
            for rank, (path, at) in enumerate(ended)
            if at < before or rank >= work.settings.most_checkpoints
        ]
        return {path.name: (path, f"unchanged since {at:%Y-%m-%d}") for path, at in found}


class Releases(Paths):
    """Folders of releases, and environments that only they had.

    The row stays, and `release create` makes both again.
    """

    kind = Kind.RELEASES

    def found(self, work: Work) -> Mapping[str, tuple[Path, str]]:
        """All but the newest, those in use, the last good ones, and the one that runs here."""
        root = _folder(work, RELEASES_FOLDER)
        if root is None:
            return {}
        rows = fetch_all(work.connection, statement("maintenance/releases"))
        good = [row for row in rows if row["verdict"] == "good" and row["last_deployed_at"]]
        good.sort(key=lambda row: row["last_deployed_at"], reverse=True)
        stay = {row["release_name"] for row in rows if row["in_use"]}
        stay |= {row["release_name"] for row in rows[: work.settings.keep_releases]}
        stay |= {row["release_name"] for row in good[:GOOD_TO_KEEP]}
        folders = {row["release_name"]: Path(row["folder"]) for row in rows}
        gone = {
            name: (folder, "no slot, no operation and no way back needs it")
            for name, folder in folders.items()
            if name not in stay
            and folder.parent == root
            and folder.is_dir()
            and folder not in (CHECKOUT, *CHECKOUT.parents)
        }
        kept = [row for row in rows if row["release_name"] not in gone]
        return gone | _environments(work, kept)

    def delete(self, work: Work, name: str) -> str:
        """Its name goes first: half a release, or half an environment, would look whole."""
        found = self.found(work).get(name)
        if found is None:
            return super().delete(work, name)
        aside = found[0].with_name(f".{found[0].name}.{uuid.uuid4().hex[:8]}")
        remove(found[0].rename(aside))
        return ""


def _environments(work: Work, kept: list[dict[str, Any]]) -> dict[str, tuple[Path, str]]:
    """Those that no release which is kept, and is there, runs with; and what is half made."""
    needed = {Path(row["python"]).parent.parent for row in kept if Path(row["folder"]).is_dir()}
    root = work.settings.home / RELEASES_FOLDER
    found = [*root.glob(".*"), *(work.settings.home / ENVIRONMENTS_FOLDER).glob("*")]
    return {
        str(path.relative_to(root)): (path, "no release that is kept needs it")
        for path in found
        if path not in needed and _touched(path) < work.now - JUST_MADE
    }


def _touched(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC).replace(tzinfo=None)
    except FileNotFoundError:  # made or deleted just now
        return datetime.max  # noqa: DTZ901 - as MySQL gives times


class Logs(Paths):
    """Log files that nobody has written into for long."""

    kind = Kind.LOGS

    def found(self, work: Work) -> Mapping[str, tuple[Path, str]]:
        """Names are paths below the home."""
        before, home = work.before(work.settings.keep_logs), work.settings.home
        if before is None:
            return {}
        return {
            str(path.relative_to(home)): (path, f"unchanged since {modified(path):%Y-%m-%d}")
            for folder in LOG_FOLDERS
            for path in (home / folder).rglob("*")
            if path.is_file() and not path.is_symlink() and modified(path) < before
        }


def _ages(root: Path | None) -> list[tuple[Path, datetime]]:
    """What is in it and when it last changed, the newest first."""
    found = [(path, modified(path)) for path in (root.iterdir() if root else ())]
    return sorted(found, key=lambda each: (each[1], each[0]), reverse=True)


def _folder(work: Work, name: str) -> Path | None:
    folder = work.settings.home / name
    return folder if folder.is_dir() else None
