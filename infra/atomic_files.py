"""Files and folders that are either as they were or complete, never half made."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace ``path`` by ``text``; readable by its owner alone unless ``mode`` says more."""
    handle, half_made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), mode)
    Path(half_made).replace(path)


@contextmanager
def folder_in_one_go(target: Path) -> Iterator[Path]:
    """A new folder to fill, which becomes ``target`` at the end of the block, or vanishes.

    What an earlier, interrupted run left behind is removed first. The caller holds the home's lock.
    """
    half_made = target.with_name(f".{target.name}.half-made")
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.mkdir(parents=True, mode=0o700)
    try:
        yield half_made
        half_made.rename(target)
    finally:
        shutil.rmtree(half_made, ignore_errors=True)
