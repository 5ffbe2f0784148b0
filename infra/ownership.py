"""Which processes belong to a home. Standard library only: reads ``/proc``.

Every program of a stack is started with ``CLICKLEDGER_PROGRAM=<name>@<home>`` in its environment,
and its children inherit it. Unlike a pid file this cannot point at a stranger after a crash.
"""

import os
from pathlib import Path

MARKER = "CLICKLEDGER_PROGRAM"


def marker(name: str, home: Path) -> str:
    """The value of ``MARKER`` for one program of one home."""
    return f"{name}@{home.resolve()}"


def program_of(pid: int, home: Path) -> str | None:
    """The name of the program of ``home`` that process ``pid`` is, or is a child of."""
    name, _, its_home = environment(pid).get(MARKER, "").partition("@")
    return name if its_home == str(home.resolve()) else None


def owned_processes(home: Path) -> dict[int, str]:
    """Process id and program name of all that runs for ``home``, the caller's own line left out.

    A task that runs inside the stack may call us; it must not find itself.
    """
    found = {pid: program_of(pid, home) for pid in all_pids() - _own_line()}
    return {pid: name for pid, name in found.items() if name}


def all_pids() -> set[int]:
    """Every process id of the machine."""
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}


def environment(pid: int) -> dict[str, str]:
    """The environment that ``pid`` was started with; empty when it is gone or not ours to read."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.partition("=") for entry in os.fsdecode(raw).split("\0"))
    return {name: value for name, separator, value in pairs if separator}


def command_line(pid: int) -> str:
    """What ``ps`` would show, shortened."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "a process that has ended"
    return os.fsdecode(raw.replace(b"\0", b" ")).strip()[:80]


def parent(pid: int) -> int:
    """The parent's process id; 0 when ``pid`` is gone."""
    return int(fields[1]) if (fields := _status(pid)) else 0


def is_running(pid: int) -> bool:
    """Whether the process is there, and more than a zombie that waits for its parent."""
    return bool(fields := _status(pid)) and fields[0] not in "ZX"


def _status(pid: int) -> list[str]:
    """Fields of ``/proc/PID/stat`` behind the name, which may hold blanks and brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _own_line() -> set[int]:
    line, pid = set(), os.getpid()
    while pid > 1:
        line.add(pid)
        pid = parent(pid)
    return line
