"""A schema as text that is the same on both servers, from ``information_schema``.

``python -m tests.stack.mysql.schema_text host:port:user:password database`` prints it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from tests.stack.mysql.servers import Server

# The servers sort information_schema by different collations: always by bytes here.
HEADER = """\
-- What sql/migrations makes of an empty database, as information_schema tells it: the same text on
-- MariaDB and MySQL. Kept for reading and for the test that compares; not for running: checks stand
-- without brackets (the servers set them differently), views by their columns only.
"""
TABLES = """
SELECT table_name AS name, engine AS engine, table_collation AS collation
FROM information_schema.tables
WHERE table_schema = %s AND table_type = 'BASE TABLE' ORDER BY CAST(table_name AS BINARY)"""
COLUMNS = """
SELECT table_name AS owner, column_name AS name, column_type AS type, is_nullable AS nullable,
    column_default AS fallback, collation_name AS collation
FROM information_schema.columns
WHERE table_schema = %s ORDER BY CAST(table_name AS BINARY), ordinal_position"""
KEYS = """
SELECT table_name AS owner, index_name AS name, non_unique AS non_unique, column_name AS part
FROM information_schema.statistics
WHERE table_schema = %s
ORDER BY CAST(table_name AS BINARY), index_name <> 'PRIMARY', CAST(index_name AS BINARY),
    seq_in_index"""
CHECKS = """
SELECT tc.table_name AS owner, tc.constraint_name AS name, cc.check_clause AS clause
FROM information_schema.table_constraints AS tc
INNER JOIN information_schema.check_constraints AS cc
    ON cc.constraint_schema = tc.constraint_schema AND cc.constraint_name = tc.constraint_name
WHERE tc.table_schema = %s AND tc.constraint_type = 'CHECK'
ORDER BY CAST(tc.table_name AS BINARY), CAST(tc.constraint_name AS BINARY)"""
VIEWS = """
SELECT table_name AS name, security_type AS security
FROM information_schema.views WHERE table_schema = %s ORDER BY CAST(table_name AS BINARY)"""


def schema_text(connection: Connection[Cursor], database: str) -> str:
    """Tables with columns, keys and checks, then views with columns."""
    columns, keys, checks = (
        _by_owner(fetch_all(connection, text, (database,))) for text in (COLUMNS, KEYS, CHECKS)
    )
    parts = [HEADER]
    for table in fetch_all(connection, TABLES, (database,)):
        lines = [
            *(_column(row) for row in columns[table["name"]]),
            *_keys(keys[table["name"]]),
            *(_check(row) for row in checks.get(table["name"], [])),
        ]
        parts.append(
            f"\nTABLE {table['name']} (\n"
            + "".join(f"    {line}\n" for line in lines)
            + f") {table['engine']} {table['collation']}\n"
        )
    for view in fetch_all(connection, VIEWS, (database,)):
        names = ", ".join(row["name"] for row in columns[view["name"]])
        parts.append(f"\nVIEW {view['name']} ({names}) SECURITY {view['security']}\n")
    return "".join(parts)


def _by_owner(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {owner: list(group) for owner, group in groupby(rows, key=lambda row: row["owner"])}


def _column(row: dict[str, Any]) -> str:
    kind = re.sub(r"^(tinyint|int|bigint)\(\d+\)", r"\1", row["type"])  # MariaDB's display width
    words = [row["name"], kind, "NULL" if row["nullable"] == "YES" else "NOT NULL"]
    if row["fallback"] not in (None, "NULL"):  # MariaDB gives the literal, MySQL the value
        words.append(f"DEFAULT {row['fallback'].strip(chr(39))}")
    if row["collation"] not in (None, "utf8mb4_bin"):
        words.append(f"COLLATE {row['collation']}")
    return " ".join(words)


def _keys(rows: list[dict[str, Any]]) -> Iterator[str]:
    for (name, non_unique), group in groupby(
        rows, key=lambda row: (row["name"], row["non_unique"])
    ):
        parts = ", ".join(row["part"] for row in group)
        kind = "" if name == "PRIMARY" else "KEY " if non_unique else "UNIQUE KEY "
        yield f"{kind}{name} ({parts})"


def _check(row: dict[str, Any]) -> str:
    clause = re.sub(r"_utf8mb4|[`\\]", "", row["clause"]).lower()
    clause = re.sub(r"[()]", " ", clause)
    return f"CHECK {row['name']}: {' '.join(clause.replace(',', ', ').split())}"


if __name__ == "__main__":
    host, port, user, password = sys.argv[1].split(":", 3)
    print(  # noqa: T201
        schema_text(Server("any", host, int(port), user, password).admin(), sys.argv[2]), end=""
    )
