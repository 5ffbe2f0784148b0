"""Which TCP ports are taken, and by whom. Standard library only: reads ``/proc``."""

import socket
from contextlib import suppress
from pathlib import Path

from infra.ownership import all_pids

LISTENING = "0A"


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder(port: int) -> int | None:
    """The process that listens on ``port``; ``None`` when there is none that we may look at."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    return next((pid for pid in all_pids() if inodes & _open_files(pid)), None)


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _open_files(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):  # ended meanwhile, or another user's
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                found.add(str(entry.readlink()))
    return found
