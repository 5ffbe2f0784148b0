"""Files and folders of the home: how old they are, how large, and how they go."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path


def modified(path: Path) -> datetime:
    """When anything in it last changed (UTC, without a zone); links are not followed."""
    newest = max(_times(path), default=0.0)
    return datetime.fromtimestamp(newest, UTC).replace(tzinfo=None)


def size(path: Path) -> int:
    """Bytes of all files in it."""
    return sum(status.st_size for status in _statuses(path) if not stat.S_ISDIR(status.st_mode))


def remove(path: Path) -> None:
    """A file, a link, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _times(path: Path) -> Iterator[float]:
    return (status.st_mtime for status in _statuses(path))


def _statuses(path: Path) -> Iterator[os.stat_result]:
    yield path.lstat()
    if path.is_dir() and not path.is_symlink():
        for folder, _, names in os.walk(path):
            for name in ("", *names):
                with suppress(FileNotFoundError):  # somebody else tidies up too
                    yield (Path(folder) / name).lstat()
