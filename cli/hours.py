"""``clickledger hours``: where each hour stands, and ending a hold."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import typer

from cli.arguments import AsJson, calendar_day, moment
from cli.output import print_json, print_rows, shown_time

app = typer.Typer(help="Show where hours stand, and end holds.", no_args_is_help=True)


class State(StrEnum):
    """``hours.state``."""

    OPEN = "open"
    PROVISIONAL = "provisional"
    RECONCILED = "reconciled"
    REOPENED = "reopened"
    SEALED = "sealed"


@app.command("list")
def list_hours(
    state: Annotated[State | None, typer.Option(help="Only hours in this state.")] = None,
    day: Annotated[
        date | None,
        typer.Option(parser=calendar_day, metavar="DATE", help="One day, in the report time zone."),
    ] = None,
    held: Annotated[bool, typer.Option("--held", help="Only hours that are held.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 48,
    as_json: AsJson = False,
) -> None:
    """List hours, newest first: state, the last verdict, and why one is held.

    \b
    Example:
      clickledger hours list --held
      clickledger hours list --day 2026-11-21 --state reopened --json
    """
    from batch.due import EVER
    from cli.database import database
    from clickledger.mysql.connection import fetch_all
    from clickledger.mysql.statements import statement
    from clickledger.report_calendar import report_day
    from clickledger.settings import load_settings

    settings = load_settings()
    start, end = EVER
    if day:
        asked_day = report_day(settings.report_time_zone, day)
        start, end = asked_day.first_hour, asked_day.ends_at
    asked = {"start": start, "end": end, "state": state, "held": held, "limit": limit}
    with database(settings) as connection:
        rows = fetch_all(connection, statement("cli/hours"), asked)
    if as_json:
        print_json({"hours": rows})
        return
    names = ("hour", "state", "verdict", "cause", "clicks", "events", "held")
    print_rows([{name: row[name] for name in names} for row in rows], "There are no such hours.")


@app.command()
def release(
    hour: Annotated[datetime, typer.Argument(parser=moment, metavar="HOUR")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    as_json: AsJson = False,
) -> None:
    """End the hold of an hour: the next reconcile takes it again.

    \b
    Example:
      clickledger hours release 2026-11-21T13:00 --reason "the archive is mended"
    """
    from batch.correct.holds import release_hold
    from cli.database import database
    from clickledger.settings import Role, load_settings
    from lifecycle.operations import operator

    by = operator()
    with database(load_settings(), Role.BATCH) as connection:
        release_hold(connection, hour, by, reason)
    if as_json:
        print_json({"hour": hour, "released_by": by, "reason": reason})
        return
    print(f"{shown_time(hour)} is not held any more.")
