"""``clickledger quality``: judge built days, and say whether they may be published."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, By, calendar_day
from cli.output import note, print_json, print_rows

if TYPE_CHECKING:
    from batch.quality.judgements import Judgement


def quality(
    day: Annotated[
        date | None,
        typer.Option(parser=calendar_day, metavar="DATE", help="One day, in the report time zone."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Judge the quality of built days; exit code 34 when one may not be published.

    Without --day: every day that was built and has not been judged since. Pages about each day
    (Data Docs) are written as HTML. A day that is reopened or corrected has to be judged again.

    \b
    Example:
      clickledger quality
      clickledger quality --day 2026-11-21 --json
    """
    from batch.quality.runs import judge_days
    from clickledger.errors import QualityFailedError
    from clickledger.settings import load_settings
    from lifecycle.operations import operator

    judged = judge_days(load_settings(), by or operator(), day, heard=_note)
    if as_json:
        print_json({"days": [_as_dict(each) for each in judged]})
    else:
        _show(judged)
    failed = [str(each.day) for each in judged if each.verdict == "failed"]
    if failed:
        raise QualityFailedError(
            f"Not to be published: {', '.join(failed)}.",
            next_step="docs/runbooks/quality-failed.md",
        )


def _note(judgement: "Judgement") -> None:
    note(f"{judgement.day}  {judgement.verdict}  {judgement.pages}/index.html")


def _show(judged: list["Judgement"]) -> None:
    rows = [
        {
            "day": str(each.day),
            "severity": found.severity.value,
            "expectation": found.expectation,
            "verdict": found.verdict,
            "expected": found.expected,
            "observed": found.observed,
        }
        for each in judged
        for found in each.findings
    ]
    print_rows(rows, "No day has to be judged.")


def _as_dict(judgement: "Judgement") -> dict[str, Any]:
    return {
        "day": judgement.day,
        "verdict": judgement.verdict.value,
        "pages": str(judgement.pages),
        "results": [found.as_dict() for found in judgement.findings],
    }
