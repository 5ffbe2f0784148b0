"""A JVM's temporary files in a folder of its own, which goes when the JVM has gone, in any way.

Spark writes what it shuffles, and Java the native libraries that it unpacks, where nobody removes
them after a SIGKILL: half a dozen entries of the machine's own temporary folder for every driver.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PREFIX = "jvm-"
LOCK = "in-use"


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder that counts as used while a process has ``lock`` open: this one, or its JVM."""

    folder: Path
    lock: int  # a file descriptor, for the JVM to inherit

    def remove(self) -> None:
        """The folder and all in it; a second call does nothing."""
        if self.folder.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self.lock)


def make_scratch(parent: Path) -> Scratch:
    """A new folder in ``parent``, which is made where it is missing."""
    parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(parent):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return Scratch(folder, lock)


def remove_unused(parent: Path) -> int:
    """Remove the folders that no process uses any more; how many there were."""
    with _one_at_a_time(parent):
        unused = [folder for folder in parent.glob(f"{PREFIX}*") if not _is_used(folder)]
    for folder in unused:
        shutil.rmtree(folder, ignore_errors=True)  # somebody may have been faster
    return len(unused)


def _is_used(folder: Path) -> bool:
    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False  # its maker was killed, or it is being removed
    except OSError:
        return True  # locked, or not ours to look into
    return False


@contextmanager
def _one_at_a_time(parent: Path) -> Iterator[None]:
    """No folder is judged between its making and its lock."""
    with (parent / f".{LOCK}").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
