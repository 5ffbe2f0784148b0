"""Prints ``docs/cli.md``: ``python -m cli.reference > docs/cli.md``; a test compares the two."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from cli.app import app

WIDTH = 96
INTRODUCTION = """\
# The command line

Made by `python -m cli.reference > docs/cli.md` from what `--help` shows; a test compares the two.

- Times are given in UTC unless they carry an offset, and printed in UTC with a `Z`, or in the zone
  of `--tz`.
- `--json` prints one document for programs; everything else that is said goes to standard error.
- An error that can be foreseen is one line on standard error, with what to do next. `--debug`
  before the command, or `CLICKLEDGER_DEBUG=1`, shows the traceback too.
- Exit codes are those of [runbooks/exit-codes.md](runbooks/exit-codes.md); besides, 2 is wrong use,
  130 interrupted (Ctrl-C), and `clickledger status` ends with 1 when a program is not as the
  settings want it.
"""


def reference() -> str:
    """The whole document."""
    pages = [
        f"## {context.command_path}\n\n```text\n{context.get_help().strip()}\n```\n"
        for context in _contexts(get_command(app), "clickledger", None)
    ]
    return "\n".join([INTRODUCTION, *pages])


def _contexts(command: Any, name: str, parent: typer.Context | None) -> Iterator[typer.Context]:
    context = typer.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield context
    for below, each in getattr(command, "commands", {}).items():
        yield from _contexts(each, below, context)


if __name__ == "__main__":
    print(reference(), end="")
