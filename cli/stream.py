"""``clickledger stream``: run the driver, and tell it what is wanted of it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, offset_range
from cli.output import note, print_json, print_rows, shown_time

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

    from clickledger.settings import Settings

app = typer.Typer(help="Run, start, drain and look at the stream.", no_args_is_help=True)
By = Annotated[str | None, typer.Option("--by", help="Who says so; else this user and machine.")]


@app.command()
def run() -> None:
    """Become the stream's driver, in the foreground.

    SIGTERM or Ctrl-C drains it.

    \b
    Example:
      clickledger stream run
    """
    from clickledger.settings import CHECKOUT

    python = Path(sys.prefix) / "bin" / "python"
    os.chdir(CHECKOUT)
    os.execv(python, [str(python), "-m", "streaming"])  # noqa: S606


@app.command()
def start(
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "started by hand",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Want the stream to run, and start it.

    It is started where the embedded stack supervises it; elsewhere this says how.

    \b
    Example:
      clickledger stream start
    """
    from cli.database import database
    from cli.stream_control import desire, operator
    from clickledger.settings import Role, load_settings

    settings = load_settings()
    with database(settings, Role.STREAM) as connection:
        desire(connection, "running", reason, by or operator())
        started = _start_under_supervisor(settings, connection, quiet=as_json)
    if as_json:
        print_json({"desired_state": "running", "started": started})
    elif not started:
        print("The stream is wanted to run, but no embedded stack runs in this home to start it.")
        print("Next: `make up`, or run it yourself: `clickledger stream run`")


def _start_under_supervisor(
    settings: "Settings", connection: "Connection[Cursor]", *, quiet: bool
) -> bool:
    import contextlib

    from cli.stream_control import await_ending
    from infra.stack import Stack

    stack = Stack(settings)
    if not stack.states():
        return False
    await_ending(connection, lambda: stack.states()["stream"].alive)
    with contextlib.redirect_stdout(sys.stderr if quiet else sys.stdout):
        stack.start("stream")
    return True


@app.command()
def drain(
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    by: By = None,
    timeout: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait.")
    ] = 60.0,
    as_json: AsJson = False,
) -> None:
    """End the stream in order and prove where it stopped.

    The batch under way commits, the next one is refused. It stays drained, over restarts too,
    until `clickledger stream start`.

    \b
    Example:
      clickledger stream drain --reason "kafka update" --timeout 30
    """
    from cli.database import database
    from cli.stream_control import drain as ask_to_drain
    from cli.stream_control import operator
    from clickledger.ledger.positions import read_positions
    from clickledger.settings import Role, load_settings

    settings = load_settings()
    with database(settings, Role.STREAM) as connection:
        row = ask_to_drain(connection, reason, by or operator(), timeout, on_wait=note)
        positions = read_positions(connection, settings.topic)
    offsets = {partition: position.next_offset for partition, position in positions.items()}
    if as_json:
        print_json({"state": row["state"], "took_ms": row["took_ms"], "next_offsets": offsets})
        return
    took = f"{row['took_ms']:,} ms"
    if row["state"] == "drained":
        print(f"Drained after {took}. Applied up to:")
    else:
        print(f"No driver runs ({row['state']}), and none will start. Applied up to:")
    rows = [{"partition": p, "next_offset": offset} for p, offset in offsets.items()]
    print_rows(rows, "nothing yet")


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """Show what the stream last said of itself.

    \b
    Example:
      clickledger stream status
      clickledger stream status --json | jq .lag_events
    """
    from cli.database import database
    from cli.stream_state import read_state, verdict
    from clickledger.settings import load_settings

    with database(load_settings()) as connection:
        row = read_state(connection)
    if as_json:
        print_json({"verdict": verdict(row), **row})
        return
    for line in status_lines(row):
        print(line)


def status_lines(row: dict[str, Any]) -> list[str]:
    """The stream's state for a person."""
    from cli.stream_state import verdict

    told = row["progress"] or {}
    lines = {
        "stream": verdict(row),
        "wanted": _wanted(row),
        "since": _when(row["started_at"]),
        "last commit": _when(row["last_commit_at"]),
        "lag": _counted(row["lag_events"], "events"),
        "epoch": f"{row['epoch'] or '-'} (the database grants {row['fence_epoch']})",
        "generation": row["generation"] or "-",
        "release": row["release_name"] or "-",
        "process": f"{row['pid']} on {row['host']}" if row["pid"] else "-",
        "progress": f"{_counted(told.get('records'), 'records')}, {told.get('records_per_s')}/s,"
        f" count {told.get('count_ms')} ms, commit {told.get('commit_ms')} ms"
        if told
        else "-",
    }
    return [f"{name + ':':13}{text}" for name, text in lines.items()]


def _wanted(row: dict[str, Any]) -> str:
    if row["desired_by"] is None:
        return str(row["desired_state"])
    why = f"{row['desired_by']}: {row['desired_reason']}"
    return f"{row['desired_state']} since {_when(row['desired_at'])} ({why})"


def _when(moment: Any) -> str:
    return "-" if moment is None else shown_time(moment)


def _counted(number: int | None, what: str) -> str:
    return "unknown" if number is None else f"{number:,} {what}"


@app.command("allow-rejects")
def allow_rejects(
    ranges: Annotated[
        list[str],
        typer.Option(
            "--range",
            metavar="PARTITION:START:END",
            help="Offsets, the end not included; once for each partition.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why they may be rejected, for the record.")],
    token: Annotated[str, typer.Option(help="Names this act: given twice, it is done once.")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let named ranges pass the reject limit.

    Takes effect at the next start of the stream.

    \b
    Example:
      clickledger stream allow-rejects --range 0:1200:51200 --range 1:900:50900 \\
        --reason "test data of partner X" --token incident-12
    """
    from cli.database import database
    from cli.stream_control import Allowance, allow, operator
    from clickledger.ledger.positions import OffsetRange
    from clickledger.settings import Role, load_settings

    settings = load_settings()
    spans = tuple(OffsetRange(*offset_range(text)) for text in ranges)
    allowance = Allowance(token, settings.topic, spans, reason, by or operator())
    with database(settings, Role.STREAM) as connection:
        added = allow(connection, allowance)
    if as_json:
        print_json({"token": token, "topic": settings.topic, "added": added})
        return
    print(f"{'Allowed' if added else 'Was allowed before'}: {', '.join(map(str, spans))}.")
    print("Next: `clickledger stream start`")
