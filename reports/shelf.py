"""The exports folder: where bundles stand, and how one gets there whole or not at all.

A bundle is made in a folder of its own and renamed into its place when it is complete; there is no
moment at which a reader, or a crash, finds half of one. One process publishes at a time: it holds a
lock that ends with it, so what it finds half made was left by one that was killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clickledger.errors import NotPublishedError
from clickledger.failpoints import reach

DATASET = "clicks"
LATEST = "latest"
_VERSION = re.compile(r"v([1-9][0-9]{0,6})")
_DAY = re.compile(r"date=([0-9]{4}-[0-9]{2}-[0-9]{2})")
FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# DuckDB's: of a file, and of what it would move from memory to the disk.
FULL_WORDS = (os.strerror(errno.ENOSPC), "max_temp_directory_size")


@dataclass(frozen=True, slots=True)
class Shelf:
    """One exports folder."""

    root: Path

    def day_folder(self, day: date) -> Path:
        """Where the versions of a day stand."""
        return self.root / DATASET / f"date={day.isoformat()}"

    def bundle(self, day: date, version: int) -> Path:
        """The folder of a version."""
        return self.day_folder(day) / f"v{version}"

    def versions(self, day: date) -> list[int]:
        """Versions that stand there, ascending."""
        return sorted(_numbers(self.day_folder(day)))

    def days(self) -> list[date]:
        """Days that have a folder, ascending."""
        names = (_DAY.fullmatch(each.name) for each in (self.root / DATASET).glob("date=*"))
        return sorted(date.fromisoformat(match[1]) for match in names if match)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the right to publish; waits for another process, and sweeps up after a dead one."""
        with self._locked(".lock"):
            shutil.rmtree(self._workshop, ignore_errors=True)
            yield

    def delivering(self) -> AbstractContextManager[None]:
        """Hold the right to copy bundles to others; waits for another process."""
        return self._locked(".delivery.lock")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def making(self) -> Iterator[Path]:
        """A folder to make a bundle in; gone at the end, unless it was put in its place.

        Raises:
            NotPublishedError: the disk is full. What was published before is as it was.
        """
        folder = self._workshop / "bundle"
        scratch = self._workshop / "scratch"
        for each in (folder, scratch):
            each.mkdir(parents=True)
        try:
            yield folder
        except Exception as error:
            if not _is_full(error):
                raise
            came_of_it = "nothing was published, what was there is as it was"
            if not folder.is_dir():
                came_of_it = "the version stands in its place, and the next run writes it down"
            raise NotPublishedError(
                f"There is no room under {self.root}: {came_of_it}.",
                next_step="make room, then run it again",
            ) from error
        finally:
            shutil.rmtree(self._workshop, ignore_errors=True)

    def put(self, made: Path, day: date, version: int) -> Path:
        """Give a complete bundle its place, for ever; ``latest`` follows with ``point``."""
        for each in sorted(made.iterdir()):
            _flush(each)
        _flush(made)
        target = self.bundle(day, version)
        target.parent.mkdir(parents=True, exist_ok=True)
        reach("before_publication")
        made.rename(target)
        _flush(target.parent)
        reach("published")
        return target

    def point(self, day: date, version: int) -> None:
        """Let ``latest`` be a version."""
        folder = self.day_folder(day)
        if not (folder / f"v{version}").is_dir():
            return  # its files are gone
        link = folder / LATEST
        with suppress(OSError):
            if link.readlink() == Path(f"v{version}"):
                return
        new = folder / f".{LATEST}"
        new.unlink(missing_ok=True)
        new.symlink_to(f"v{version}")
        new.replace(link)

    @property
    def _workshop(self) -> Path:
        return self.root / ".making"


def _numbers(folder: Path) -> Iterator[int]:
    for each in folder.glob("v*"):
        if match := _VERSION.fullmatch(each.name):
            yield int(match[1])


def _is_full(error: Exception) -> bool:
    """Each library says in its own way that the disk is full."""
    inner = error.args[0] if error.args and isinstance(error.args[0], OSError) else error
    if isinstance(inner, OSError) and inner.errno in FULL_DISK:
        return True
    return any(words in str(error) for words in FULL_WORDS)


def _flush(path: Path) -> None:
    """Make sure that it survives a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
