"""``clickledger status``: every program of the stack, and the stream."""

from typing import TYPE_CHECKING, Any

import typer

from cli.arguments import AsJson
from cli.output import print_json, printable

if TYPE_CHECKING:
    from clickledger.settings import Settings


def status(as_json: AsJson = False) -> None:
    """Show every program of the stack, and the stream.

    Health is asked, not assumed. Exit code 1 when something is not as it should be.

    \b
    Example:
      clickledger status
      clickledger status --json | jq .stream.verdict
    """
    from clickledger.settings import load_settings
    from infra.report import as_table, report
    from infra.stack import Stack

    settings = load_settings()
    programs = report(Stack(settings))
    found = stream_state(settings)
    right = all(program.right for program in programs)
    if as_json:
        each = [{**vars(program), "right": program.right} for program in programs]
        print_json({"home": str(settings.home), "right": right, "programs": each, "stream": found})
    else:
        print(f"{as_table(programs)}\n")
        _show(found)
    if not right:
        raise typer.Exit(1)


def stream_state(settings: "Settings") -> dict[str, Any]:
    """The stream's row and verdict, or ``error``: why it cannot be read."""
    from cli.stream_status import stream_status
    from clickledger.errors import ClickledgerError

    try:
        return stream_status(settings)
    except ClickledgerError as error:
        return {"error": str(error)}


def _show(found: dict[str, Any]) -> None:
    from cli.stream_status import status_lines

    if "error" in found:
        print(f"stream:      unknown: {printable(found['error'])}")
        return
    for line in status_lines(found):
        print(line)
