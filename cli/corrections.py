"""``clickledger corrections``: what the batch layer has corrected, and taking it back."""

from typing import Annotated, Any

import typer

from cli.arguments import AsJson
from cli.output import note, print_json, print_rows, shown_time

app = typer.Typer(help="Show corrections and take them back.", no_args_is_help=True)
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Its name, or the beginning of it.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")]


@app.command("list")
def list_runs(limit: Limit = 20, as_json: AsJson = False) -> None:
    """List the runs that have corrected something, newest first.

    \b
    Example:
      clickledger corrections list
    """
    from cli.database import database
    from clickledger.mysql.connection import fetch_all
    from clickledger.mysql.statements import statement
    from clickledger.settings import load_settings

    with database(load_settings()) as connection:
        rows = fetch_all(connection, statement("cli/correcting_runs"), (limit,))
    if as_json:
        print_json({"runs": rows})
        return
    print_rows(rows, "Nothing has been corrected.")


@app.command()
def show(run: RunName, limit: Limit = 100, as_json: AsJson = False) -> None:
    """Show the corrections of a run: which row, what it was, what it became, why.

    \b
    Example:
      clickledger corrections show 3f1c2aa7
    """
    from batch.correct.undo import run_of
    from cli.database import database
    from clickledger.mysql.connection import fetch_all
    from clickledger.mysql.statements import statement
    from clickledger.settings import load_settings

    with database(load_settings()) as connection:
        found = run_of(connection, run)
        key = (found["run"], limit)
        rows = fetch_all(connection, statement("cli/corrections_of_run"), key)
    if as_json:
        print_json({**found, "corrections": rows})
        return
    note(f"Run {found['run']}, {found['action']}, by {found['asked_by']}: {found['reason']}")
    hidden = {"id", "hour", "moves_books", "clicks_delta", "events_delta", "applied_at"}
    shown = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    print_rows(shown, "It corrected nothing.")


@app.command()
def undo(
    run: RunName,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    as_json: AsJson = False,
) -> None:
    """Take a run's corrections back; its hours are reopened and held until a person decides.

    Refused (exit code 22) while a later run that stands has touched one of its rows. Safe to kill
    and to run again. To do it again: release the hours and reconcile, or restate.

    \b
    Example:
      clickledger corrections undo 3f1c2aa7 --reason "corrected from a wrong archive"
      clickledger hours release 2026-11-21T13:00 --reason "the archive is mended"
    """
    from batch.correct.undo import undo as take_back
    from clickledger.settings import load_settings
    from lifecycle.operations import operator

    done = take_back(
        load_settings(),
        run,
        operator(),
        reason,
        heard=lambda hour, rows: note(f"{shown_time(hour)}  {rows:,} rows taken back"),
    )
    answer: dict[str, Any] = {
        "undoes": done.undoes,
        "run": done.run or None,
        "hours": list(done.hours),
        "rows": done.rows,
    }
    if as_json:
        print_json(answer)
    elif done.run:
        print(f"Run {done.run} took back {done.rows:,} corrections of {len(done.hours)} hours.")
    else:
        print(f"Nothing of run {done.undoes} stands.")
