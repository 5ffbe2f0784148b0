"""``clickledger archive`` and ``clickledger reconcile``: the batch layer by hand."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, By, From, calendar_day, moment
from cli.output import note, print_json, print_rows, shown_time

if TYPE_CHECKING:
    from batch.reconcile.runs import Ask, Report


def archive(as_json: AsJson = False) -> None:
    """Keep the raw records of everything that has been counted, as hashed Parquet files.

    Safe to run twice, to kill anywhere and to run two at once. Reconcile does it by itself.

    \b
    Example:
      clickledger archive
    """
    from batch.reconcile.runs import archive_all
    from clickledger.settings import load_settings

    settings = load_settings()
    added, cut = archive_all(
        settings, lambda segment, done: note(f"{segment.span}: {done.bytes:,} bytes")
    )
    if as_json:
        print_json(
            {
                "segments": added.segments,
                "records": added.records,
                "bytes": added.bytes,
                "archive": settings.archive,
                "cut": cut,
            }
        )
        return
    print(
        f"{added.records:,} records archived in {added.segments} segments, {added.bytes:,} bytes,"
        f" under {settings.archive}."
    )


Hour = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="TIME", help="One hour: 2026-11-22T13:00."),
]
Day = Annotated[
    date | None,
    typer.Option(parser=calendar_day, metavar="DATE", help="One day, in the report time zone."),
]
RangeEnd = Annotated[
    datetime | None, typer.Option("--to", parser=moment, metavar="TIME", help="Not included.")
]


def reconcile(  # noqa: PLR0913, PLR0917 - the options of a command
    hour: Hour = None,
    day: Day = None,
    begin: From = None,
    end: RangeEnd = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compare and say what would be corrected; no more.")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Apply corrections that need a person's word.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "reconcile what is due",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Recount closed hours from the archive, compare exactly, correct, and mark them.

    Without a range: every hour that is due. The stream goes on meanwhile. An hour in which late
    events keep arriving is compared, but left provisional for the next run. Exit code 31 when an
    hour waits for a person.

    \b
    Example:
      clickledger reconcile
      clickledger reconcile --day 2026-11-21 --dry-run
      clickledger reconcile --hour 2026-11-21T13:00 --approve --reason "row changed by hand"
    """
    from batch.reconcile.runs import reconcile as run
    from clickledger.errors import NotReconciledError
    from clickledger.settings import load_settings

    ask = _ask(hour, day, begin, end, by=by, dry_run=dry_run, approved=approve, reason=reason)
    report = run(
        load_settings(),
        ask,
        started=lambda due: note(f"{len(due)} hours are due"),
        heard=lambda found: note(f"{shown_time(found.hour)}  {found.verdict}  {found.detail}"),
    )
    if as_json:
        print_json(_as_dict(report))
    else:
        _show(report)
    if not report.ok:
        odd = sum(result.verdict.is_for_a_person for result in report.results)
        raise NotReconciledError(
            f"{odd} of {len(report.results)} hours wait for a person (run {report.run}).",
            next_step="docs/runbooks/hour-differs.md",
        )


def _ask(
    hour: datetime | None,
    day: date | None,
    begin: datetime | None,
    end: datetime | None,
    *,
    by: str | None,
    **more: Any,
) -> "Ask":
    from batch.due import EVER
    from batch.reconcile.runs import Ask
    from clickledger.report_calendar import report_day
    from clickledger.settings import load_settings
    from lifecycle.operations import operator

    if bool(hour) + bool(day) + bool(begin or end) > 1:
        raise typer.BadParameter("Name one hour, one day, or a range with --from and --to.")
    if hour:
        begin, end = hour, hour + timedelta(hours=1)
    if day:
        asked = report_day(load_settings().report_time_zone, day)
        begin, end = asked.first_hour, asked.hours_end
    return Ask(by or operator(), start=begin or EVER[0], end=end or EVER[1], **more)


def _show(report: "Report") -> None:
    rows = [
        {
            "hour": found.hour,
            "verdict": found.verdict.value,
            "cause": found.cause and found.cause.value,
            "clicks": found.stream[0],
            "recount": found.recount[0],
            "duckdb": found.audit[0],
            "rows": found.comparison.rows,
            "differ": len(found.comparison.differences),
        }
        for found in report.results
    ]
    print_rows(rows, "No hour is due.")
    for day in report.days:
        print(f"{day.day} is built.")
    if report.waiting:
        print(f"{len(report.waiting)} hours are not due yet.")


def _as_dict(report: "Report") -> dict[str, Any]:
    return {
        "run": report.run,
        "ok": report.ok,
        "hours": [result.as_dict() for result in report.results],
        "waiting": list(report.waiting),
        "days": [day.day for day in report.days],
    }
