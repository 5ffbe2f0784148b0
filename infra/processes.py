"""Ends processes of a home that no supervisor looks after any more."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from infra.ownership import is_running, owned_processes, parent
from infra.steps import step
from infra.supervision import SUPERVISOR

# The supervisor first: it ends its own programs in order. Writers before the servers they write to.
ORDER = (
    *(SUPERVISOR, "traffic", "class-archive"),
    *("airflow-scheduler", "airflow-triggerer", "airflow-dags", "airflow-api"),
    *("stream-a", "stream-b", "stream", "postgres", "kafka", "mariadb"),
)
PATIENCE_S = 60


def strays(home: Path, supervisor_pid: int | None) -> dict[int, str]:
    """Process id and program name of what belongs to ``home`` but not to its living supervisor."""
    return {
        pid: name
        for pid, name in owned_processes(home).items()
        if supervisor_pid is None or not _is_below(pid, supervisor_pid)
    }


def end_strays(home: Path, supervisor_pid: int | None) -> None:
    """Ask them to end, in order; kill the one that does not within a minute."""
    if not strays(home, supervisor_pid):
        return
    with step("Ending what an earlier run left") as running:
        ended = []
        for name in sorted(set(strays(home, supervisor_pid).values()), key=_rank):
            found = [pid for pid, its in strays(home, supervisor_pid).items() if its == name]
            end(found)
            ended.append(name)
        running.outcome = ", ".join(ended)


def end(pids: Iterable[int]) -> None:
    """SIGTERM, patience, SIGKILL; returns when all are gone."""
    left = list(pids)
    for wish, patience_s in ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, 10)):
        for pid in left:
            send(pid, wish)
        deadline = time.monotonic() + patience_s
        while left and time.monotonic() < deadline:
            left = [pid for pid in left if is_running(pid)]
            time.sleep(0.05)


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _is_below(pid: int, ancestor: int) -> bool:
    while pid > 1 and pid != ancestor:
        pid = parent(pid)
    return pid == ancestor


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else ORDER.index("kafka")
