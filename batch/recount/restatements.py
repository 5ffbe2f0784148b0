"""Restatements: below a cut, an hour's events are judged by other rules than their range's (P3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import placeholders, statement


@dataclass(frozen=True, slots=True)
class Restatement:
    """By which rules, up to where, and by whose code some events were counted again."""

    rules_version: int
    cut: Mapping[int, int]
    release: tuple[str, str]  # name, code fingerprint


def standing_restatements(
    connection: Connection[Cursor], hours: Sequence[datetime]
) -> dict[datetime, Restatement]:
    """The newest restatement of each of ``hours`` that has one which was not taken back."""
    if not hours:
        return {}
    text = statement("batch/standing_restatements")
    return {
        row["hour"]: Restatement(
            rules_version=row["rules_version"],
            cut={int(partition): end for partition, end in json.loads(row["cut"]).items()},
            release=(row["release_name"], row["code_fingerprint"]),
        )
        for row in fetch_all(connection, text.format(hours=placeholders(hours)), hours)
    }


def keep_restatement(
    connection: Connection[Cursor], run: str, hour: datetime, found: Restatement, **more: Any
) -> None:
    """Write a restatement down; ``more`` are the fingerprint and the figures before and after."""
    name, fingerprint = found.release
    row = {
        "run": run,
        "hour": hour,
        "rules_version": found.rules_version,
        "cut": json.dumps(found.cut),
        "release_name": name,
        "code_fingerprint": fingerprint,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/add_restatement"), row)
