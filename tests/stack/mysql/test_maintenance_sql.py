"""What maintenance, traces and gaps ask is right on both servers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.statements import SQL_FOLDER, statement

pytestmark = pytest.mark.stack

FOLDERS = ("maintenance", "trace")
MORE = ("ledger/gaps", "ledger/open_gaps", "ledger/close_gap", "lifecycle/unarchived",
        "batch/standing_owed", "batch/sealed_between", "archive/fill_segment",
        "archive/first_record", "archive/clear_summaries")  # fmt: skip
NAMES = (
    *(
        f"{path.parent.name}/{path.stem}"
        for name in FOLDERS
        for path in (SQL_FOLDER / name).iterdir()
    ),
    *MORE,
)
NAMED: dict[str, Any] = {
    **dict.fromkeys(("before", "hour", "minute", "day", "applied_at"), "2026-01-01"),
    **dict.fromkeys(("topic", "run", "device_type", "device_id", "by", "reason", "source"), "t"),
    "end": 9,
}
BY_PLACE = {
    "maintenance/add_item": ("r", 1, "logs", "n", "d", 1, "b"),
    "maintenance/items": ("r",),
    "maintenance/end_item": ("kept", "why", "r", 1),
    "ledger/gaps": ("t",),
    "lifecycle/unarchived": ("t",),
    "batch/standing_owed": ("2026-01-01", "2026-01-02"),
    "batch/sealed_between": ("2026-01-01", "2026-01-02"),
    "archive/first_record": ("t", 0, 0),
}
OF_AN_HOUR = {"drop_minutes", "drop_type_minutes", "sums_of_hour"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_statement_runs(admin: Connection[Cursor], name: str) -> None:
    text = statement(name)
    named = {each: NAMED.get(each, 1) for each in re.findall(r"%\((\w+)\)s", text)}
    if name.partition("/")[2] in OF_AN_HOUR:
        named["end"] = "2026-01-02"
    with admin.cursor() as cursor:
        cursor.execute(text, BY_PLACE.get(name) or named or None)
