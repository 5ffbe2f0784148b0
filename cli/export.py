"""``clickledger export``: bundles of days, and the answers to questions of an analyst's own."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, By, calendar_day
from cli.output import note, print_json, print_rows
from cli.progress import progress_shown
from cli.question import LONG_READ_S, answer
from reports.formats import Format

if TYPE_CHECKING:
    from reports.publish import Published
    from reports.registry import Export

MOST_DAYS = 3660
app = typer.Typer(invoke_without_command=True, no_args_is_help=True)


def day_or_nothing(text: str) -> date | None:
    """A date; an empty text is none: what a form's empty field becomes."""
    return calendar_day(text) if text else None


def version(text: str) -> int:
    """``v2`` or ``2``."""
    number = text.removeprefix("v")
    if not number.isdecimal() or int(number) == 0:
        raise typer.BadParameter(f"{text!r} is no version: write v2.")
    return int(number)


DayOption = Annotated[
    date | None, typer.Option(parser=calendar_day, metavar="DATE", help="One day.")
]
FromDay = Annotated[
    date | None, typer.Option("--from", parser=calendar_day, metavar="DATE", help="The first day.")
]
ToDay = Annotated[
    date | None, typer.Option("--to", parser=calendar_day, metavar="DATE", help="The last day.")
]
Provisional = Annotated[
    bool, typer.Option("--provisional", help="Also what is held back, marked on every page.")
]
ExactCsv = Annotated[
    bool, typer.Option("--exact-csv", help="Cells as they are: a spreadsheet may run them.")
]


@app.callback()
def export(  # noqa: PLR0913, PLR0917 - the options of a command
    context: typer.Context,
    day: DayOption = None,
    begin: FromDay = None,
    end: ToDay = None,
    provisional: Provisional = False,
    exact_csv: ExactCsv = False,
    query: Annotated[
        Path | None,
        typer.Option("--query", metavar="FILE", help="A question in SQL, asked read-only."),
    ] = None,
    wanted: Annotated[
        Format | None, typer.Option("--format", help="Of its answer; else parquet.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FOLDER", help="A new folder for the answer."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Publish days as bundles, or write the answer to a question.

    A day gets a new version only if its figures have moved. A day that is held back (an hour that
    is not reconciled, an open incident, a critical expectation) is not published: exit code 32, and
    the last good version stays. Days are those of the report time zone.

    \b
    Example:
      clickledger export --day 2026-01-15
      clickledger export --from 2026-01-01 --to 2026-01-31
      clickledger export --query big_devices.sql --format csv --output answers/big_devices
    """
    if name := context.invoked_subcommand:
        if day or begin or end or query:
            raise typer.BadParameter(f"`export {name}` takes its options behind its name.")
        return
    if bool(day) + bool(begin or end) + bool(query) != 1 or bool(begin) != bool(end):
        raise typer.BadParameter("Name one day, a range with --from and --to, or a query.")
    if query:
        answer(query, wanted or Format.PARQUET, output, exact_csv=exact_csv, as_json=as_json)
        return
    if wanted or output:
        raise typer.BadParameter("--format and --output go with --query: a day has every format.")
    days = [day] if day else _range(begin, end)
    found = _publish(days, by, provisional=provisional, exact_csv=exact_csv, as_json=as_json)
    _require(found, "failed", "held")


@app.command()
def due(
    begin: Annotated[
        Any, typer.Option("--from", parser=day_or_nothing, metavar="DATE", help="The first day.")
    ] = None,
    end: Annotated[
        Any, typer.Option("--to", parser=day_or_nothing, metavar="DATE", help="The last day.")
    ] = None,
    provisional: Provisional = False,
    exact_csv: ExactCsv = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Publish every day that is over and has something new to say: what a schedule calls.

    A day that is held back is said and is no error: it is due again the next time. With --from
    the days of that range, whether something is new or not.

    \b
    Example:
      clickledger export due
      clickledger export due --from 2026-01-01 --to 2026-01-31
    """
    days = _range(begin, end or begin) if begin else None
    found = _publish(days, by, provisional=provisional, exact_csv=exact_csv, as_json=as_json)
    _require(found, "failed")


@app.command()
def diff(
    day: Annotated[date, typer.Argument(parser=calendar_day, metavar="DATE")],
    before: Annotated[int, typer.Argument(parser=version, metavar="BEFORE")],
    after: Annotated[int, typer.Argument(parser=version, metavar="AFTER")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show what moved between two versions of a day. Needs only the exports folder.

    Between versions that follow each other `changes.csv` of the later one says why, too.

    \b
    Example:
      clickledger export diff 2026-01-15 v1 v2
    """
    from itertools import islice
    from tempfile import TemporaryDirectory

    from clickledger.errors import UsageError
    from clickledger.settings import load_settings
    from reports.changes import read_changes
    from reports.shelf import Shelf

    shelf = Shelf(load_settings().exports)
    folders = [shelf.bundle(day, number) for number in (before, after)]
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"There is no {folder}.", next_step="`clickledger export list`")
    with TemporaryDirectory() as scratch:
        found = read_changes(folders[0], folders[1], None, Path(scratch))
        rows = [
            {name: value for name, value in row.items() if name != "why"}
            for row in islice(found, limit)
        ]
        has_more = next(iter(found), None) is not None
    if as_json:
        asked = {"day": day, "before": before, "after": after}
        print_json({**asked, "rows": rows, "has_more": has_more})
    else:
        print_rows(rows, "Nothing moved.")
    if has_more:
        note(f"There is more: these are the first {limit:,} rows (--limit).")


@app.command("list")
def list_exports(as_json: AsJson = False) -> None:
    """List what was published, newest days first.

    \b
    Example:
      clickledger export list
    """
    from dataclasses import asdict

    from cli.database import database
    from clickledger.settings import load_settings
    from reports.registry import all_exports

    settings = load_settings()
    with database(settings) as connection:
        found = all_exports(connection, settings.report_time_zone)[::-1]
    if as_json:
        print_json({"exports": [asdict(each) for each in found]})
        return
    names = ("day", "version", "state", "clicks", "events", "devices", "reason")
    rows = [{name: getattr(each, name) for name in names} for each in found]
    print_rows(rows, "Nothing was published yet.")


@app.command()
def news(as_json: AsJson = False) -> None:
    """List newest versions of which other DAGs have not heard yet.

    \b
    Example:
      clickledger export news --json
    """
    from cli.database import database
    from clickledger.settings import load_settings
    from reports.deliver import unannounced

    settings = load_settings()
    with database(settings) as connection:
        found = unannounced(connection, settings)
    rows = [_announcement(each, settings.exports) for each in found]
    if as_json:
        print_json({"unannounced": rows})
        return
    names = ("day", "version", "state", "folder")
    print_rows([{name: row[name] for name in names} for row in rows], "Others know every version.")


@app.command()
def deliver(
    mail: Annotated[
        bool, typer.Option("--mail", help="Print the mail that is to be sent; once only.")
    ] = False,
    announced: Annotated[
        str,
        typer.Option(
            metavar="DAY:VERSION,…",
            help="Other DAGs have heard of these versions: `export news` lists them no more.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Copy newest versions that have not arrived to the delivery URL, each once.

    With --mail: print what people are to be told of them, by whoever sends it. It is claimed by
    that: the next call says nothing of the same versions.

    \b
    Example:
      clickledger export deliver
      clickledger export deliver --mail --json
      clickledger export deliver --announced 2026-01-15:1,2026-01-16:2
    """
    from dataclasses import asdict

    from cli.database import database
    from clickledger.settings import Role, load_settings
    from reports.deliver import claim_mail, copy_out, end_announcements

    settings, heard = load_settings(), _versions(announced)
    with database(settings, Role.BATCH) as connection:
        end_announcements(connection, settings, heard)
        copied = [] if mail else copy_out(connection, settings)
        told = claim_mail(connection, settings) if mail else None
    if as_json:
        print_json(
            {"copied": [each.folder for each in copied], "mail": asdict(told) if told else None}
        )
        return
    for each in copied:
        print(f"{each.folder} has arrived.")
    if told:
        print(f"{told.subject}\n\n{told.text}")
    if not copied and not told:
        print("There is nothing to deliver.")


def _range(begin: date | None, end: date | None) -> list[date]:
    if begin is None or end is None or begin > end:
        raise typer.BadParameter("--from must not be after --to.")
    days = (end - begin).days + 1
    if days > MOST_DAYS:
        raise typer.BadParameter(f"Ask for at most {MOST_DAYS} days at once.")
    return [begin + timedelta(days=n) for n in range(days)]


def _publish(
    days: Sequence[date] | None,
    by: str | None,
    *,
    provisional: bool,
    exact_csv: bool,
    as_json: bool,
) -> "list[Published]":
    from cli.database import database
    from clickledger.settings import Role, load_settings
    from lifecycle.operations import operator
    from reports.due import publish_days
    from reports.publish import Ask

    settings = load_settings()
    ask = Ask(by or operator(), provisional, exact_csv)
    with (
        database(settings, Role.BATCH, read_timeout_s=LONG_READ_S) as connection,
        progress_shown("devices") as progress,
    ):
        found = publish_days(
            connection, settings, days, ask, lambda each: note(_told(each)), progress
        )
    if as_json:
        print_json({"exports": str(settings.exports), "days": [_as_dict(each) for each in found]})
    elif not found:
        print("No day has anything new to say.")
    return found


def _require(found: "Sequence[Published]", *bad: str) -> None:
    from clickledger.errors import NotPublishedError

    held = [each for each in found if each.outcome in bad]
    if held:
        raise NotPublishedError(
            f"{len(held)} of {len(found)} days were not published; the first, {held[0].day}:"
            f" {'; '.join(held[0].why)}.",
            next_step="docs/runbooks/report-held.md",
        )


def _versions(text: str) -> set[tuple[date, int]]:
    """``2026-01-15:1,2026-01-16:2``; nothing is none."""
    pairs = (each.partition(":") for each in text.split(",") if each)
    return {(calendar_day(day), version(number)) for day, _, number in pairs}


def _announcement(found: "Export", exports: Path) -> dict[str, Any]:
    totals = {name: getattr(found, name) for name in ("clicks", "events", "devices")}
    return {
        "day": found.day,
        "version": found.version,
        "state": found.state,
        "folder": str(exports / found.folder),
        "silent": found.events == 0,
        "totals": totals,
    }


def _told(found: "Published") -> str:
    name = f"v{found.version}" if found.version else "no version"
    words = f"{found.day}  {found.outcome}  {name}  {'; '.join(found.why)}"
    return f"{words}  (a silent day)" if found.is_silent else words


def _as_dict(found: "Published") -> dict[str, Any]:
    return {
        "day": found.day,
        "outcome": found.outcome.value,
        "version": found.version,
        "folder": found.folder and str(found.folder),
        "why": list(found.why),
        "silent": found.is_silent,
        "totals": found.totals,
        "rows_per_s": found.rows_per_s,
    }
