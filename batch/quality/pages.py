"""Pages of a day, replaced all at once: whoever reads them sees the old ones or the new ones."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUILDS = ".builds"


@contextmanager
def replaced_pages(folder: Path, name: str) -> Iterator[Path]:
    """A new folder to write pages into; at the end ``folder/name`` leads to it.

    ``folder/name`` is a symbolic link: a folder that is not empty cannot be replaced in one step.
    Where something is raised inside, the old pages stay.
    """
    builds = folder / BUILDS
    fresh = builds / f"{name}.{uuid.uuid4().hex}"
    fresh.mkdir(parents=True)
    try:
        yield fresh
        _lead(folder / name, fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _lead(link: Path, fresh: Path) -> None:
    before = link.resolve() if link.is_symlink() else None
    new = link.with_name(f".{fresh.name}")
    new.symlink_to(fresh.relative_to(link.parent), target_is_directory=True)
    new.replace(link)
    if before is not None and before.parent == fresh.resolve().parent:
        shutil.rmtree(before, ignore_errors=True)
