"""Environments of releases: one for each lock, shared by all releases that have the same.

Each is made elsewhere and renamed, so it is wholly there or not at all. Only its ``bin/python`` is
used: that finds its packages by where it is. Scripts name the place where they were made.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from pathlib import Path

from clickledger.errors import ConfigurationError
from clickledger.packages import (
    STAMP,
    installed_digest,
    lock_digest,
    lock_file,
    present_uv,
    run_uv,
)
from clickledger.settings import CHECKOUT, ENVIRONMENTS_FOLDER

INTERPRETER = f"python{sys.version_info.major}.{sys.version_info.minor}"
NOT_COPIED = shutil.ignore_patterns(STAMP, "clickledger")  # of the checkout alone


def environment_python(home: Path, source: Path) -> Path:
    """The interpreter with the packages of a checkout's lock, whether it has been made or not."""
    name = f"{INTERPRETER}-{lock_digest(source)[:16]}"
    return home / ENVIRONMENTS_FOLDER / name / "bin" / "python"


def ensure_environment(home: Path, source: Path) -> Path:
    """The same, made now unless it is there.

    Raises:
        ConfigurationError: it cannot be made, for uv or a package is out of reach.
    """
    python = environment_python(home, source)
    folder = python.parents[1]
    if python.exists():
        os.utime(folder)  # maintenance deletes none that somebody has just asked for
        return python
    folder.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    draft = _beside(folder)
    try:
        _make(draft, source)
        _put(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return python


def interpreter_of(python: str) -> str:
    """What a person calls it: the version, or the path of one that is no release's own."""
    folder = Path(python).parent.parent
    own = folder.parent.name == Path(ENVIRONMENTS_FOLDER).name
    return folder.name.partition("-")[0] if own else python


def _make(draft: Path, source: Path) -> None:
    """With uv, else from our own environment if that has what the lock says.

    So the checkout that runs this never needs a network for it, nor does an image, which has no uv.
    """
    uv = present_uv(CHECKOUT)
    here = Path(sys.prefix)
    ours = installed_digest(here, CHECKOUT) == lock_digest(source)
    failure = "There is no uv here."
    if uv:
        try:
            _install(uv, draft, source, offline=ours)
        except ConfigurationError as error:
            failure = str(error.args[0])
            shutil.rmtree(draft, ignore_errors=True)
        else:
            return
    if not ours:
        raise ConfigurationError(
            f"No environment for the packages of {source} could be made, and those of"
            f" {here} are others. {failure}",
            next_step="put uv on PATH and let it reach a package index,"
            " or do this from a checkout or image whose packages are the same",
        )
    shutil.copytree(here, draft, symlinks=True, ignore=NOT_COPIED, copy_function=_linked)


def _install(uv: Path, draft: Path, source: Path, *, offline: bool) -> None:
    where = ("--offline",) if offline else ()
    run_uv(uv, CHECKOUT, "venv", *where, "--python", sys.executable, str(draft))
    packages = ("pip", "sync", *where, "--require-hashes", "--python", str(draft / "bin/python"))
    run_uv(uv, CHECKOUT, *packages, str(lock_file(source)))


def _linked(file: str, target: str) -> None:
    try:
        os.link(file, target)
    except OSError:  # another disk
        shutil.copy2(file, target)


def _put(draft: Path, folder: Path) -> None:
    """In the place of one whose Python is gone; not of one that somebody else has just made."""
    if folder.exists() and not (folder / "bin" / "python").exists():
        broken = _beside(folder)
        folder.rename(broken)
        shutil.rmtree(broken)
    try:
        draft.rename(folder)
    except OSError:
        if not (folder / "bin" / "python").exists():
            raise


def _beside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
