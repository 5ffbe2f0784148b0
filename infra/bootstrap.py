"""Makes ``.venv`` from a lock file: ``python -m infra.bootstrap runtime|dev``.

Standard library only. Safe to run again, by two at once, and after an interruption anywhere.
"""

import fcntl
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clickledger.errors import ClickledgerError
from clickledger.packages import LOCKS, STAMP, lock_digest, lock_file, run_uv
from infra.early_settings import CHECKOUT
from infra.steps import step
from infra.uv import find_uv

CHANGING = "changing\n"

# Starts the checkout's own code: the program is not an installed package. The first lines are a
# shell's way to start any interpreter: a "#!" line breaks on blanks and on long paths.
COMMAND = """\
#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys

sys.path.insert(0, {checkout!r})
from cli.main import main

sys.exit(main())
"""


def ensure_environment(checkout: Path, wanted: str) -> None:
    """Make ``.venv`` hold the packages of lock ``wanted``, or more where more was there before."""
    with _one_at_a_time(checkout / ".uv"):
        lock = max(wanted, installed_lock(checkout), key=LOCKS.index)
        usable = _works(checkout / ".venv") and not _is_half_made_or_moved(checkout)
        if not usable or _stamp(checkout) != stamp_of(checkout, lock):
            uv = find_uv(checkout)
            if not usable:
                _create(checkout, uv)
            _synchronise(checkout, uv, lock)
        write_command(checkout)


def stamp_of(checkout: Path, lock: str) -> str:
    """What the stamp in ``.venv`` says when it is exactly as ``lock`` wants it, here."""
    return f"{lock}\n{lock_digest(checkout, lock)}\n{checkout}\n"


def installed_lock(checkout: Path) -> str:
    """The lock that ``.venv`` was last made from, of whatever version; the smallest if unknown."""
    name = _stamp(checkout).partition("\n")[0]
    return name if name in LOCKS else LOCKS[0]


def write_command(checkout: Path) -> None:
    """Put ``clickledger`` into the environment."""
    folder = checkout / ".venv" / "bin"
    text = COMMAND.format(python=shlex.quote(str(folder / "python")), checkout=str(checkout))
    target = folder / "clickledger"
    if target.exists() and target.read_text() == text:
        return
    half_made = folder / f".clickledger.{os.getpid()}"
    half_made.write_text(text)
    half_made.chmod(0o755)
    half_made.replace(target)


def _create(checkout: Path, uv: Path) -> None:
    with step("Making the environment .venv") as running:
        run_uv(uv, checkout, "venv", "--clear", "--python", sys.executable, ".venv")
        running.outcome = f"Python {sys.version.split()[0]}"


def _synchronise(checkout: Path, uv: Path, lock: str) -> None:
    with step(f"Installing packages ({lock})"):
        # A sync that is cut off may leave a package half there, and uv would not see it: whoever
        # finds this word starts the environment anew.
        _stamp_file(checkout).write_text(CHANGING)
        python, locked = ".venv/bin/python", str(lock_file(checkout, lock))
        run_uv(uv, checkout, "pip", "sync", "--require-hashes", "--python", python, locked)
        _stamp_file(checkout).write_text(stamp_of(checkout, lock))


def _works(venv: Path) -> bool:
    """Whether the environment has a Python that still runs."""
    try:
        done = subprocess.run(
            [venv / "bin" / "python", "-I", "-c", "import sys; print(sys.prefix)"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0 and Path(done.stdout.strip()).resolve() == venv.resolve()


def _is_half_made_or_moved(checkout: Path) -> bool:
    """Scripts name their interpreter by its full path, so a moved environment is half broken."""
    lines = _stamp(checkout).splitlines()
    return _stamp(checkout) == CHANGING or (bool(lines) and lines[-1] != str(checkout))


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp_file(checkout: Path) -> Path:
    return checkout / ".venv" / STAMP


def _stamp(checkout: Path) -> str:
    file = _stamp_file(checkout)
    return file.read_text() if file.exists() else ""


def main() -> int:
    """Make the environment."""
    try:
        ensure_environment(CHECKOUT, sys.argv[1])
    except ClickledgerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
