"""Hours in every state, with the hour rows that the batch layer would have made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.ownership import bump
from clickledger.mysql.statements import statement
from tests.stack.mysql.minutes import Row, write_rows

HOUR = timedelta(hours=1)
BATCH_TABLES = (
    "hours",
    "clicks_by_hour",
    "type_clicks_by_hour",
    "reconciled_hours",
    "clicks_by_day",
    "type_clicks_by_day",
    "built_days",
)


def hour_of(minute: datetime) -> datetime:
    """Its beginning."""
    return minute.replace(minute=0, second=0)


def write_hours(
    connection: Connection[Cursor], rows: Iterable[Row], states: Mapping[datetime, str]
) -> None:
    """Replace all figures: minute rows, and hours in these states.

    A reopened hour keeps hour rows that are wrong by now, a sealed one has no minute rows.
    """
    rows = list(rows)
    write_rows(connection, rows)
    with connection.cursor() as cursor:
        for table in BATCH_TABLES:
            cursor.execute(f"DELETE FROM {table}")
        cursor.executemany(
            "INSERT INTO hours (hour, state, version, updated_at)"
            " VALUES (%s, %s, 1, UTC_TIMESTAMP(3))",
            sorted(states.items()),
        )
    for hour, state in sorted(states.items()):
        if state in {"reconciled", "reopened", "sealed"}:
            build_hour(connection, hour)
        with connection.cursor() as cursor:
            if state == "reopened":
                cursor.execute(
                    "UPDATE clicks_by_hour SET clicks = clicks + 1000, first_minute = '2000-01-01'"
                    " WHERE hour = %s",
                    (hour,),
                )
            if state == "sealed":
                span = (hour, hour + HOUR)
                for table in ("clicks_by_minute", "type_clicks_by_minute"):
                    cursor.execute(f"DELETE FROM {table} WHERE minute >= %s AND minute < %s", span)


def build_hour(connection: Connection[Cursor], hour: datetime) -> None:
    """Hour rows and the mark, by the statements of the batch layer."""
    span = {"hour": hour, "end": hour + HOUR}
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/clear_hour_rows"), (hour,))
        cursor.execute(statement("batch/clear_type_hour_rows"), (hour,))
        cursor.execute(statement("batch/build_hour_rows"), span)
        cursor.execute(statement("batch/build_type_hour_rows"), span)
        cursor.execute("SELECT version FROM hours WHERE hour = %s", (hour,))
        ((version,),) = cursor.fetchall()
        mark = {"hour": hour, "run": "a run", "version": version, "cut": '{"0": 7}'}
        cursor.execute(statement("batch/mark_hour"), mark)


def reconcile_hour(connection: Connection[Cursor], hour: datetime) -> None:
    """Make an hour reconciled, whatever it was."""
    bump(connection, hour, "reconciled")
    build_hour(connection, hour)
