"""Becomes a program of the stack: ``python -I -S launch.py RUN_FOLDER NAME``.

Started by supervisord as its direct child, so that no shell stands between them. Standard library
and one module that needs no more, as few imports as will do: it runs before every program.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

MEMORY_S = 600  # starts that are longer ago do not count against a program
LONGEST_WAIT_S = 60
LEFT_WITHIN_S = 5  # to be gone once they are killed


def main() -> None:
    """Tie our life to the supervisor's, end what an earlier start left, wait if this is a crash
    loop, and exec.

    SIGTERM, the wish to end in order, when the supervisor dies however it dies.
    """
    sys.path.insert(0, str(Path(__file__).parents[1]))  # isolated as we are, it is not there
    from clickledger.parent_death import end_with_parent

    run, name = Path(sys.argv[1]), sys.argv[2]
    end_with_parent(int((run / "supervisord.pid").read_text()), signal.SIGTERM)
    spec = json.loads((run / f"{name}.json").read_text())
    end_what_is_left(run.parent, name)
    if spec["slow_down"]:
        wait_out_a_crash_loop(run / f"{name}.starts", name)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STACK_")}
    os.chdir(spec["folder"])
    os.execve(spec["argv"][0], spec["argv"], {**kept, **spec["environment"]})  # noqa: S606


def end_what_is_left(home: Path, name: str) -> None:
    """Children that an earlier start of this program has left when it was killed.

    Airflow's scheduler leaves workers that hold its connection to the database open, and with it
    the locks of a transaction that nobody will end.
    """
    from infra.ownership import is_running, owned_processes

    left = [pid for pid, program in owned_processes(home).items() if program == name]
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + LEFT_WITHIN_S
    while any(map(is_running, left)) and time.monotonic() < deadline:
        time.sleep(0.01)


def wait_out_a_crash_loop(record: Path, name: str) -> None:
    """supervisord restarts at once, for ever; a program that keeps dying is slowed down here."""
    try:
        starts = [float(each) for each in record.read_text().split()]
    except (OSError, ValueError):
        starts = []
    recent = [each for each in starts if 0 <= time.time() - each < MEMORY_S]
    record.write_text(" ".join(map(str, [*recent, time.time()])))
    if wait := wait_s(len(recent)):
        print(f"{name} was started {len(recent)} times within 10 minutes: waiting {wait} s.")
        sys.stdout.flush()
        time.sleep(wait)


def wait_s(recent_starts: int) -> int:
    """0, 0, 2, 4, 8 … 60 seconds."""
    return 0 if recent_starts < 2 else min(2 ** (recent_starts - 1), LONGEST_WAIT_S)


if __name__ == "__main__":
    main()
