"""What was published, as rows: ``exports``, ``export_files``, ``export_deliveries``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all, transaction
from clickledger.mysql.statements import statement

FINAL = ("final", "restated")


@dataclass(frozen=True, slots=True)
class Export:
    """A row of ``exports``: one version of a day."""

    time_zone: str
    day: date
    version: int
    state: str
    reason: str
    folder: str  # below the exports folder
    manifest_sha256: str
    figures_sha256: str
    made_of: str
    hours_version: int
    clicks: int
    events: int
    devices: int
    moved_rows: int | None
    run: str
    release_name: str
    asked_by: str
    read_at: datetime
    published_at: datetime

    @property
    def is_final(self) -> bool:
        """Whether its hours were all reconciled."""
        return self.state in FINAL

    @property
    def hours(self) -> Mapping[str, dict[str, Any]]:
        """By hour: version, cut and newest correction that it was made of."""
        found: dict[str, dict[str, Any]] = json.loads(self.made_of)
        return found


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A row of ``export_files`` and a resource of the manifest."""

    path: str
    bytes: int
    sha256: str
    table_rows: int | None


COLUMNS = [field.name for field in fields(Export)]


def newest_good(versions: Sequence[Export]) -> Export:
    """What ``latest`` is: the newest final version, or the newest where none is final yet."""
    finals = [each for each in versions if each.is_final]
    return (finals or versions)[-1]


def exports_of(connection: Connection[Cursor], time_zone: str, day: date) -> list[Export]:
    """All versions of a day, the first one first."""
    rows = fetch_all(connection, statement("reports/exports_of"), (time_zone, day))
    return [Export(**row) for row in rows]


def all_exports(connection: Connection[Cursor], time_zone: str) -> list[Export]:
    """Every version of every day of a time zone."""
    rows = fetch_all(connection, statement("reports/all_exports"), (time_zone,))
    return [Export(**row) for row in rows]


def write_export(
    connection: Connection[Cursor], export: Export, files: Iterable[ListedFile]
) -> None:
    """Write a published version down, in one transaction."""
    key = (export.time_zone, export.day, export.version)
    with transaction(connection), connection.cursor() as cursor:
        row = {name: getattr(export, name) for name in COLUMNS}
        cursor.execute(statement("reports/add_export"), row)
        cursor.executemany(
            statement("reports/add_export_file"),
            [(*key, each.path, each.bytes, each.sha256, each.table_rows) for each in files],
        )


def same_figures(connection: Connection[Cursor], export: Export, hours_version: int) -> None:
    """Remember that its hours were found to hold the same figures at these versions."""
    key = (hours_version, export.time_zone, export.day, export.version)
    with connection.cursor() as cursor:
        cursor.execute(statement("reports/same_figures"), key)


def claim_delivery(connection: Connection[Cursor], export: Export, target: str) -> bool:
    """Whether the delivery is ours: ``False`` where it was claimed before."""
    key = (export.time_zone, export.day, export.version, target)
    with connection.cursor() as cursor:
        return cursor.execute(statement("reports/claim_delivery"), key) == 1


def end_delivery(connection: Connection[Cursor], export: Export, target: str) -> None:
    """It has arrived."""
    key = (export.time_zone, export.day, export.version, target)
    with connection.cursor() as cursor:
        cursor.execute(statement("reports/end_delivery"), key)


def undelivered(connection: Connection[Cursor], time_zone: str, target: str) -> list[Export]:
    """Newest versions of days that have not arrived at a target: final ones, and what is newer."""
    rows = fetch_all(connection, statement("reports/undelivered"), (target, time_zone))
    return [Export(**row) for row in rows]
