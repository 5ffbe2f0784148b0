"""Great Expectations' pages without the web, and a first page of our own.

As they are made, they load styles, pictures and programs from seven servers of others: without the
web they are bare, and with it those servers' programs see what a client sent.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch.quality.judgements import FAILED, PASSED, Judgement
from clickledger.day_quality import DayVerdict
from clickledger.pages.environment import page_environment

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
FOREIGN = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<footer\b.*?</footer>|<link\b[^>]*>"
    r"|\son\w+=\"[^\"]*\"",
    re.DOTALL | re.IGNORECASE,
)
PICTURE = re.compile(r"<img\b[^>]*>", re.DOTALL | re.IGNORECASE)  # the one that leads to the index
MEANINGS = {
    DayVerdict.PASSED: "Every expectation that applies is met.",
    DayVerdict.WARNED: "The figures are proven; the day is unusual. It may be published.",
    DayVerdict.FAILED: "What is critical is not met: the day is held from publication.",
}


def make_offline(pages: Path, judgement: Judgement, frames: Mapping[str, str]) -> None:
    """Make each page stand by itself, and the first one say what was found.

    ``frames``: name of an expectation → its suite.
    """
    shutil.rmtree(pages / "static")
    head = _environment().get_template("head.html").render()
    for page in pages.rglob("*.html"):
        page.write_text(_by_itself(page.read_text(encoding="utf-8"), head), encoding="utf-8")
    rows = [
        {
            **found.as_dict(),
            "frame": frames[found.expectation],
            "page": _page_of(pages, frames[found.expectation], found.verdict),
        }
        for found in judgement.findings
    ]
    (pages / "index.html").write_text(_first_page(judgement, rows), encoding="utf-8")


def _by_itself(page: str, head: str) -> str:
    own = FOREIGN.sub("", page).replace("</head>", f"{head}</head>", 1)
    return PICTURE.sub("All of this day", own)


def _page_of(pages: Path, frame: str, verdict: str) -> str:
    """Relative address of the suite's page; empty for an expectation that was skipped."""
    if verdict not in {PASSED, FAILED}:
        return ""
    return next(
        path.relative_to(pages).as_posix() for path in pages.glob(f"validations/{frame}/**/*.html")
    )


def _first_page(judgement: Judgement, rows: Sequence[Mapping[str, Any]]) -> str:
    return (
        _environment()
        .get_template("day.html")
        .render(
            day=judgement.day,
            verdict=judgement.verdict,
            meaning=MEANINGS[judgement.verdict],
            findings=rows,
        )
    )


@cache
def _environment() -> Environment:
    return page_environment(TEMPLATES)
