"""``clickledger restate``: count hours again under this release and the rules as they are now."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, By, moment
from cli.output import note, print_json, print_rows, shown_time

if TYPE_CHECKING:
    from batch.restate.runs import Restated


def restate(  # noqa: PLR0913, PLR0917 - the options of a command
    begin: Annotated[
        datetime, typer.Option("--from", parser=moment, metavar="TIME", help="The first hour.")
    ],
    end: Annotated[
        datetime, typer.Option("--to", parser=moment, metavar="TIME", help="Not included.")
    ],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would move; exit code 0.")
    ] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Apply it.")] = False,
    rules_version: Annotated[
        int | None, typer.Option(help="Only if these rules hold still: as --dry-run has shown.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT", help="Only if this code counts: likewise.")
    ] = None,
    duplicates: Annotated[
        str | None, typer.Option(metavar="POLICY", help="Only if copies are treated so: likewise.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Recount hours under this release and today's rules, show what moves, and correct.

    Nothing is changed without --approve: exit code 22 when something would move. From then on the
    hours' events up to this moment are judged by these rules. Events that were rejected before and
    are valid now come back; rejected counts stay what the stream has booked. The stream goes on
    meanwhile. `clickledger corrections undo` takes it back.

    \b
    Example:
      clickledger restate --from 2026-11-21T13:00 --to 2026-11-21T15:00 --reason "bad release"
      clickledger restate --from 2026-11-21 --to 2026-11-22 --reason "longer max_future" --approve
    """
    from batch.restate.runs import RestateAsk, Shown
    from batch.restate.runs import restate as run
    from clickledger.errors import NotReconciledError, OperationRefusedError
    from clickledger.settings import load_settings
    from lifecycle.operations import operator

    if dry_run and approve:
        raise typer.BadParameter("--dry-run and --approve cannot both be meant.")
    if rules_version is not None and code is not None and duplicates is not None:
        shown = Shown(rules_version, code, duplicates)
    elif (rules_version, code, duplicates) == (None, None, None):
        shown = None
    else:
        raise typer.BadParameter("Name --rules-version, --code and --duplicates together.")
    report = run(
        load_settings(),
        RestateAsk(begin, end, by or operator(), reason, approved=approve, shown=shown),
        heard=lambda found: note(f"{shown_time(found.hour)}  {found.verdict}  {found.detail}"),
    )
    print_json(_as_dict(report)) if as_json else _show(report)
    if report.moves and not approve:
        if not dry_run:
            raise OperationRefusedError(
                "Restating these hours would move figures: that needs a person's word.",
                next_step="look at them, then run it again with --approve",
            )
    elif not report.ok:
        raise NotReconciledError(
            f"Not every hour could be restated (run {report.run}).",
            next_step="docs/runbooks/hour-differs.md",
        )


def _show(report: "Restated") -> None:
    rows = [
        {
            "hour": found.hour,
            "verdict": found.verdict.value,
            "cause": found.cause and found.cause.value,
            "clicks_before": found.stream[0],
            "clicks_after": found.recount[0],
            "events_before": found.stream[1],
            "events_after": found.recount[1],
            "rows": found.comparison.rows,
            "move": len(found.comparison.differences),
        }
        for found in report.results
    ]
    print_rows(rows, "There are no events in these hours.")
    shown = report.shown
    print(
        f"Run {report.run}, rules version {shown.rules_version}, code {shown.code_fingerprint},"
        f" duplicates {shown.duplicates}."
    )


def _in_words(report: "Restated") -> Iterator[str]:
    """What would move, or has, for whoever is asked about it."""
    for found in report.results:
        if found.comparison.differences:
            yield (
                f"{shown_time(found.hour)}  {found.verdict}  clicks {found.stream[0]:,} ->"
                f" {found.recount[0]:,}, events {found.stream[1]:,} -> {found.recount[1]:,}"
                f" ({len(found.comparison.differences):,} rows)  {found.cause or ''}"
            )
        elif not found.verdict.is_reconciled:
            yield f"{shown_time(found.hour)}  {found.verdict}  {found.detail}"
    same = sum(found.verdict.is_reconciled for found in report.results)
    yield f"{same} of {len(report.results)} hours stay as they are; run {report.run}"


def _as_dict(report: "Restated") -> dict[str, Any]:
    return {
        "run": report.run,
        "ok": report.ok,
        "moves": report.moves,
        "rules_version": report.shown.rules_version,
        "code_fingerprint": report.shown.code_fingerprint,
        "duplicates": report.shown.duplicates,
        "text": "\n".join(_in_words(report)),
        "hours": [result.as_dict() for result in report.results],
    }
