"""What the code cites by number is written down: the protocols, and the decisions."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from clickledger.settings import CHECKOUT

pytestmark = pytest.mark.unit
CODE = ("clickledger", "streaming", "lifecycle", "batch", "reports", "cli", "infra", "sql", "docs")


def texts() -> list[str]:
    paths = (path for folder in CODE for path in (CHECKOUT / folder).rglob("*"))
    return [path.read_text() for path in paths if path.suffix in {".py", ".sql", ".md"}]


def test_every_protocol_that_is_cited_is_described() -> None:
    described = re.findall(
        r"^## (P\d+) ", (CHECKOUT / "docs/protocols.md").read_text(), re.MULTILINE
    )
    cited = {name for text in texts() for name in re.findall(r"\bP[1-9]\d?\b", text)}
    assert cited == set(described)
    assert described == sorted(described)


def test_each_decision_has_a_number_of_its_own_and_its_title_says_it() -> None:
    decisions = sorted((CHECKOUT / "docs/adr").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert numbers == list(range(1, len(numbers) + 1)), Counter(numbers).most_common(1)
    for number, path in zip(numbers, decisions, strict=True):
        assert path.read_text().startswith(f"# {number}. "), path.name


def test_every_decision_that_is_linked_is_there() -> None:
    linked = {name for text in texts() for name in re.findall(r"adr/(\d{4}-[a-z0-9-]+\.md)", text)}
    assert linked <= {path.name for path in (CHECKOUT / "docs/adr").glob("*.md")}
