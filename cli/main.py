"""The ``clickledger`` command: ``main`` runs it and ends the process."""

import gc
import sys

from cli.ending import Wanted, exit_code_of, let_go_of_stdout

# Objects made between two looks for garbage. Python's 700 costs a fifth of a short command: the
# imports make much and throw nothing away.
GARBAGE_THRESHOLD = 50_000


def main() -> None:
    """Run the command line of this process and end it with an exit code."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; its exit code. Raises nothing: all ends are foreseen here."""
    wanted = Wanted()
    try:
        from cli.app import app

        app(arguments, prog_name="clickledger", obj=wanted)
    except BaseException as error:
        return let_go_of_stdout(exit_code_of(error, debug=wanted.debug))
    return let_go_of_stdout(0)
