"""Ties a process's life to its parent's: ``python -I -S parent_death.py PARENT COMMAND…``.

Becomes the command, which the kernel kills when its parent dies, however that one dies and even if
the command is frozen. Standard library only, as few imports as will do: a driver waits for it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the command, by its full path."""
    end_with_parent(int(sys.argv[1]), signal.SIGKILL)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606


def end_with_parent(expected: int, number: signal.Signals) -> None:
    """Get that signal when the parent dies, or the thread of it that has started this process.

    It may have died before we asked for that: then our parent is no longer the expected one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != expected:
        raise SystemExit(f"The parent {expected} is gone, so this program does not start.")


if __name__ == "__main__":
    main()
