"""Spark's jars under one path, whichever environment they come from.

A class data sharing archive is good for the very paths that it was made with. The checkout's
environment and those of releases hold the same jars, each at its own place: hard links in the home
folder give them one class path, and so one archive for the driver and for the batch layer.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

PREFIX = "pyspark-"
KEPT = 5  # as many as releases: whoever rolls back finds its own again


def shared_jars(own: Path, beside: Path) -> Path:
    """A folder in ``beside`` with the jars of ``own``; ``own`` itself where it cannot be had.

    It cannot on another disk than the environment's, or where ``beside`` may not be written.
    """
    jars = sorted(own.glob("*.jar"))
    folder = beside / f"{PREFIX}{_digest(jars)}"
    try:
        if not folder.is_dir():
            _link(jars, folder)
            _drop_oldest(beside)
        os.utime(folder)
    except OSError:
        return own
    return folder


def _digest(jars: Sequence[Path]) -> str:
    names = "".join(f"{path.name} {path.stat().st_size}\0" for path in jars)
    return hashlib.sha256(names.encode()).hexdigest()[:16]


def _link(jars: Sequence[Path], folder: Path) -> None:
    """All of them or none: made elsewhere and renamed."""
    draft = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=folder.parent))
    try:
        for jar in jars:
            (draft / jar.name).hardlink_to(jar)
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():  # else somebody was first
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _drop_oldest(beside: Path) -> None:
    made = sorted(beside.glob(f"{PREFIX}*"), key=lambda path: path.stat().st_mtime)
    for old in made[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
