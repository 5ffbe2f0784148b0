"""``docs/contract.md`` says what the data says."""

import pytest

from clickledger.contract.rules import Reason
from clickledger.contract.tables import PAGE, TABLES, rules_table, with_tables

pytestmark = pytest.mark.unit


def test_the_page_has_the_tables_of_the_data() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"<!-- table: {name} -->" in page for name in TABLES)
    assert page == with_tables(page), "run: python -m clickledger.contract.tables"


def test_the_table_of_rules_has_every_reason_once_in_order() -> None:
    named = [line.split("`")[-2] for line in rules_table().splitlines()[2:]]
    assert named == [reason.value for reason in Reason]
