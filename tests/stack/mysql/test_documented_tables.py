"""docs/tables.md is the public interface: its columns are the schema's, its examples run."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import CHECKOUT, Role, Settings
from tests.stack.mysql.book import write_balanced_book
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

DOCUMENT = (CHECKOUT / "docs" / "tables.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```sql\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def filled(server: Server, deployed: Settings) -> Settings:
    """The module's database with a few rows in it."""
    with closing(server.admin(deployed.mysql_database)) as connection:
        write_balanced_book(connection)
    return deployed


def documented_columns() -> dict[str, list[str]]:
    """Column names by table or view, in the order of the document."""
    sections = re.split(r"^### ", DOCUMENT, flags=re.MULTILINE)[1:]
    return {
        section.split("`")[1]: re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        for section in sections
        if section.startswith("`")
    }


def test_every_table_and_view_is_documented_with_its_columns(admin: Connection[Cursor]) -> None:
    found: dict[str, list[str]] = {}
    for row in fetch_all(
        admin,
        "SELECT table_name AS owner, column_name AS name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position",
    ):
        found.setdefault(row["owner"], []).append(row["name"])

    assert documented_columns() == found


def test_there_is_an_example_for_each() -> None:
    used = {name for text in EXAMPLES for name in re.findall(r"(?:FROM|JOIN) (\w+)", text)}

    assert used == documented_columns().keys()


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs_for_a_reader(filled: Settings, example: str) -> None:
    with connected(filled, Role.READER) as reader, reader.cursor() as cursor:
        cursor.execute(example)

        assert cursor.description is not None
        cursor.fetchall()
