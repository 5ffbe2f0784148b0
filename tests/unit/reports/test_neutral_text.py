"""The rule for text that a spreadsheet would run: it covers what it must, and can be undone."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.csv_text import rows_as_csv, safe_for_spreadsheets
from reports.neutral_text import MARK, STARTS, neutralised, restored

pytestmark = pytest.mark.unit


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8)))
def test_it_can_always_be_undone(texts: list[str]) -> None:
    column = neutralised(pa.array(texts, pa.string()))
    assert restored(column).to_pylist() == texts
    safe = column.to_pylist()
    assert [text.removeprefix(MARK) for text in safe] == texts  # by the rule as the manifest has it
    assert not any(text.startswith(STARTS) for text in safe)


def test_harmless_text_stays_as_it_is() -> None:
    column = pa.array(["d1", "a=b", "é", " =1"])
    assert neutralised(column) is column


@pytest.mark.parametrize("start", [*STARTS, MARK])
def test_every_start_is_marked(start: str) -> None:
    assert neutralised(pa.array([f"{start}x"])).to_pylist() == [f"{MARK}{start}x"]


def test_lines_are_quoted_text_and_bare_numbers() -> None:
    batch = pa.record_batch({"id": ['=1"', "a,b"], "n": [1, 2]})
    assert rows_as_csv(safe_for_spreadsheets(batch)) == b'"\'=1""",1\n"a,b",2\n'
    assert rows_as_csv(batch) == b'"=1""",1\n"a,b",2\n'
