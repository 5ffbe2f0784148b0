"""One at a time in a home: ``up`` or ``down``, or one benchmark."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clickledger.errors import UsageError

NAME = "working.lock"


@contextmanager
def home_lock(home: Path, name: str = NAME, what: str = "`up` or `down`") -> Iterator[None]:
    """Hold the home; the kernel lets go of it when we die, so it is never stale.

    ``name``: the file; others of other names may be held at the same time. ``what`` holds it, for
    the message.

    Raises:
        UsageError: somebody else holds it.
    """
    path = home / name
    handle = _locked(path, what)
    try:
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        path.unlink(missing_ok=True)  # while we hold it: see _locked
        os.close(handle)


def _locked(path: Path, what: str) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 20).decode().strip()
            os.close(handle)
            raise UsageError(
                f"Another {what} (process {holder}) is at work in {path.parent}.",
                next_step="wait until it is done",
            ) from None
        if path.exists() and path.stat().st_ino == os.fstat(handle).st_ino:
            return handle
        os.close(handle)  # the holder before us removed the file between our open and our lock
