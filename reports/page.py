"""``report.html``: one file that needs nothing else, in light and dark, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clickledger.pages.environment import page_environment
from reports.changes import Changes
from reports.charts import Stacked, clicks_by_hour, shares
from reports.day import clock_hours
from reports.day_measures import LATENESS
from reports.facts import Facts
from reports.gaps import gap_in_words
from reports.summaries import origin_rows, quality_rows

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
SHOWN_DEVICES = 25
NOTHING = "\u2013"


def write_page(path: Path, facts: Facts, changes: Changes | None, files: Sequence[str]) -> None:
    """The page of one version; ``files`` are those that stand beside it."""
    text = (
        environment()
        .get_template("report.html")
        .render(
            facts=facts,
            changes=changes,
            files=files,
            chart=_chart(facts),
            lateness=_lateness(facts),
            devices=facts.top.slice(0, SHOWN_DEVICES).to_pylist(),
            quality=quality_rows(facts)[1:],
            unmet=facts.origins.quality.unmet,
            origins=origin_rows(facts)[1:],
            lost=[*map(gap_in_words, facts.gaps)],
        )
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def _chart(facts: Facts) -> Stacked:
    hours = [hour.local for hour in clock_hours(facts.day)]
    others = {hour: each.clicks for hour, each in facts.hours.others.items()}
    return clicks_by_hour(hours, facts.hours.named, others)


def _lateness(facts: Facts) -> list[tuple[str, int, float]]:
    if facts.measures is None:
        return []
    return shares({LATENESS[name]: n for name, n in facts.measures.lateness.items()})


@cache
def environment() -> Environment:
    """Templates of the reports, with their ways to say a number."""
    made = page_environment(TEMPLATES)
    made.filters.update(number=number, percent=percent, change=change)
    return made


def number(value: Any) -> str:
    """12,345; a dash for nothing."""
    return NOTHING if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """With as many places as small shares need."""
    if share is None:
        return NOTHING
    places = 1 if share == 0 or share >= 0.01 else 2 if share >= 0.001 else 4
    return f"{share:.{places}%}"


def change(share: float | None) -> str:
    """With its sign."""
    return NOTHING if share is None else f"{share:+.1%}"
