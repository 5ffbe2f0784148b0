"""A file that the documents or a test's words name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clickledger.settings import CHECKOUT

pytestmark = pytest.mark.unit
PROGRAM = ("clickledger", "streaming", "lifecycle", "batch", "reports", "cli", "infra", "dags")
FOLDERS = (*PROGRAM, "benchmarks", "tests")
MODULES = [
    path.relative_to(CHECKOUT).as_posix()
    for folder in FOLDERS
    for path in (CHECKOUT / folder).rglob("*.py")
]


def documents() -> list[Path]:
    """Evidence is left out: it says what was measured then."""
    found = [path for path in (CHECKOUT / "docs").rglob("*.md") if path.parent.name != "evidence"]
    return [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted(found)]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.stem)
def test_every_module_that_a_document_names_is_there(path: Path) -> None:
    """By its path or by the end of it: `recount.py`, `restate/plan.py`."""
    named = set(re.findall(r"`([\w/]+\.py)`", path.read_text()))
    there = {name for name in named for found in MODULES if f"/{found}".endswith(f"/{name}")}
    assert named - there == set()


def test_every_test_that_code_names_is_there() -> None:
    texts = [(CHECKOUT / module).read_text() for module in MODULES]
    named = {name for text in texts for name in re.findall(r"\btests/[\w/]+\.py\b", text)}
    assert named - set(MODULES) == set()
