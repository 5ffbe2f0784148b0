"""``clickledger backfill``: bring back the records of a gap of the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, By, place
from cli.output import note, print_json, print_rows, shown_time

if TYPE_CHECKING:
    from batch.backfill.runs import BackfillPlan
    from batch.reconcile.runs import Report
    from clickledger.ledger.gaps import Gap


def backfill(  # noqa: PLR0913, PLR0917 - the options of a command
    gap: Annotated[str, typer.Option(metavar="PARTITION:START", help="Where the gap begins.")],
    file: Annotated[
        Path,
        typer.Option(
            "--file",
            metavar="PATH",
            help="Raw events, one a line (also .gz), or Parquet of an archive: a file or folder.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    fewer: Annotated[
        bool, typer.Option("--fewer", help="Take fewer records than offsets: the others held none.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be added; exit code 0.")
    ] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Do it.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Close a gap of the ledger with records that were found again, once.

    Refused when they do not fit: more records than offsets, fewer (unless --fewer), of another time
    or topic. Nothing is changed without --approve (exit code 22). Safe to kill and to run again: a
    gap that is closed stays as it is, and hours that wait for its records are reconciled.

    \b
    Example:
      clickledger ledger gaps
      clickledger backfill --gap 0:1000 --file lost.txt.gz --reason "from the senders" --dry-run
      clickledger backfill --gap 0:1000 --file /mirror/archive --reason "mirror" --approve
    """
    from batch.backfill.runs import gap_at, plan_backfill
    from cli.database import database
    from clickledger.errors import OperationRefusedError
    from clickledger.settings import load_settings
    from lifecycle.operations import operator

    if dry_run and approve:
        raise typer.BadParameter("--dry-run and --approve cannot both be meant.")
    settings = load_settings()
    with database(settings) as connection:
        found = gap_at(connection, settings.topic, *place(gap))
    if found.closed_at is not None:
        _tell_closed(found, approve, by or operator(), reason, as_json)
        return
    plan = plan_backfill(settings, found, file, fewer=fewer)
    if not approve:
        _show(plan, as_json)
        if not dry_run:
            raise OperationRefusedError(
                "Closing a gap adds figures: that needs a person's word.",
                next_step="look at it, then run it again with --approve",
            )
        return
    _close(plan, by or operator(), reason, as_json)


def _close(plan: "BackfillPlan", by: str, reason: str, as_json: bool) -> None:
    from batch.backfill.runs import backfill as run
    from clickledger.settings import load_settings

    closed, report = run(
        load_settings(),
        plan,
        by,
        reason,
        heard=lambda found: note(f"{shown_time(found.hour)}  {found.verdict}  {found.detail}"),
    )
    _show(plan, as_json, closed=closed, report=report)
    _require_reconciled(report)


def _tell_closed(gap: "Gap", go_on: bool, by: str, reason: str, as_json: bool) -> None:
    """Nothing is added twice; what a killed backfill has left to do is done."""
    from batch.backfill.runs import finish, gap_as_dict
    from clickledger.settings import load_settings

    report = finish(load_settings(), by, reason) if go_on else None
    if as_json:
        print_json({"closed": False, **gap_as_dict(gap)})
    else:
        print(f"{gap.span} was closed before, by {gap.closed_by} from {gap.source}.")
    if report:
        _require_reconciled(report)


def _require_reconciled(report: "Report") -> None:
    from clickledger.errors import NotReconciledError

    if not report.ok:
        raise NotReconciledError(
            f"Not every hour is reconciled (run {report.run}).",
            next_step="docs/runbooks/hour-differs.md",
        )


def _show(
    plan: "BackfillPlan", as_json: bool, *, closed: bool = False, report: "Report | None" = None
) -> None:
    answer: dict[str, Any] = {
        "partition": plan.gap.span.partition,
        "start": plan.gap.span.start,
        "end": plan.gap.span.end,
        "offsets": len(plan.gap.span),
        "closed": closed,
        **plan.counts(),
        "reasons": dict(plan.rejected),
        "hours": [{"hour": hour, "events": plan.hours[hour]} for hour in sorted(plan.hours)],
        "run": report.run if report else None,
    }
    if as_json:
        print_json(answer)
        return
    print_rows(answer["hours"], "None of these records is an event.")
    print(
        f"{plan.gap.span}: {answer['records']:,} records for {answer['offsets']:,} offsets,"
        f" {plan.accepted:,} events with {plan.clicks:,} clicks, {answer['rejected']:,} rejected."
    )
    if report:
        print("The gap is closed." if closed else "Somebody else has closed it meanwhile.")
