"""Writes both lock files again: ``python -m infra.relock [--upgrade]``. Standard library only."""

import sys

from clickledger.errors import ClickledgerError
from clickledger.packages import run_uv
from infra.early_settings import CHECKOUT
from infra.steps import step
from infra.uv import find_uv

# Relative, so that no path of this machine gets into the files.
RUNTIME, DEV = "infra/locks/runtime.txt", "infra/locks/dev.txt"
COMPILE = (
    *("pip", "compile", "pyproject.toml", "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links"),  # a lock says what, not from where
    *("--custom-compile-command", "make lock"),
)


def main() -> int:
    """Lock; further arguments go to uv."""
    options = sys.argv[1:]
    try:
        uv = find_uv(CHECKOUT)
        with step(f"Locking {RUNTIME}"):
            run_uv(uv, CHECKOUT, *COMPILE, *options, "-o", RUNTIME)
        with step(f"Locking {DEV}"):
            run_uv(uv, CHECKOUT, *COMPILE, *options, "--group", "dev", "-c", RUNTIME, "-o", DEV)
    except ClickledgerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
