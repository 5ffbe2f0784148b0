"""How a command ends: whatever was raised becomes one line and an exit code."""

import contextlib
import os
import sys
from dataclasses import dataclass, field

from clickledger.errors import RUNBOOKS, ClickledgerError, ExitCode

DEBUG = "CLICKLEDGER_DEBUG"
INTERRUPTED = 130


@dataclass
class Wanted:
    """What was said before the command's name."""

    debug: bool = field(default_factory=lambda: bool(os.environ.get(DEBUG)))


def exit_code_of(error: BaseException, *, debug: bool = False) -> int:
    """The exit code that ``error`` means, after telling the person about it."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if debug:
        import traceback

        traceback.print_exception(error)
    else:
        print(f"error: {_told(error)}", file=sys.stderr)
    return int(error.exit_code if isinstance(error, ClickledgerError) else ExitCode.INTERNAL)


def _told(error: BaseException) -> str:
    if isinstance(error, ClickledgerError):
        return f"{error}{_page_of(error)}"
    if isinstance(error, OSError) and error.strerror:  # a full disk, a folder not to be written to
        return f"{error.strerror}{f' ({error.filename})' if error.filename else ''}."
    # Its own text is not shown: what a library puts there nobody has looked at for secrets.
    return f"unforeseen: {type(error).__name__}. Next: {DEBUG}=1 shows where"


def _page_of(error: ClickledgerError) -> str:
    """Where to read on, unless the message says so itself, or ``--help`` is the page."""
    if error.exit_code in {ExitCode.INTERNAL, ExitCode.USAGE} or RUNBOOKS in str(error):
        return ""
    return f" (exit code {int(error.exit_code)}: {RUNBOOKS}/exit-codes.md)"


def let_go_of_stdout(code: int) -> int:
    """Flush now: at the interpreter's end a reader that has gone would be complained about."""
    if sys.__stdout__ is None:
        return code
    try:
        sys.__stdout__.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
        return code or int(ExitCode.INTERNAL)
    return code
