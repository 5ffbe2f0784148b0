"""Every statement is one that both servers take: each is prepared."""

from __future__ import annotations

import re

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.statements import SQL_FOLDER, statement

pytestmark = pytest.mark.stack

# DuckDB's, DDL that no server prepares, and what is only a whole with rows or a number in it.
NOT_PREPARED = {"duckdb", "migrations", "grants"}
IN_PARTS = {"batch/add_report_days", "queries/sliding_windows", "sink/add_minutes",
            "sink/add_rejected", "sink/add_types", "sink/touch_hours"}  # fmt: skip
PARAMETER = re.compile(r"%\(\w+\)s|%s|\{hours\}")


def names() -> set[str]:
    return {
        f"{folder.name}/{path.stem}"
        for folder in SQL_FOLDER.iterdir()
        if folder.is_dir() and folder.name not in NOT_PREPARED
        for path in folder.glob("*.sql")
    }


def test_every_statement_can_be_prepared(admin: Connection[Cursor]) -> None:
    assert names() >= IN_PARTS
    refused = {}
    with admin.cursor() as cursor:
        for name in sorted(names() - IN_PARTS):
            text = PARAMETER.sub("?", statement(name)).replace("%%", "%")
            try:
                cursor.execute("PREPARE asked FROM %s", (text,))
            except pymysql.MySQLError as error:
                refused[name] = str(error)
    assert refused == {}
