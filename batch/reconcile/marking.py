"""Build an hour's rows and mark it, only if nothing has touched it since the snapshot (P6, 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.ownership import bump, locked_hour
from batch.due import HOUR
from batch.recount.measures import Measures
from clickledger.failpoints import reach
from clickledger.mysql.connection import fetch_all, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import placeholders, statement

HOURS_A_TRANSACTION = 500


def mark_silent(
    connection: Connection[Cursor],
    run: str,
    versions: Mapping[datetime, int],
    cut: Mapping[int, int],
    measures: Measures,
) -> set[datetime]:
    """Mark hours without any event, many at once; those that nothing has touched since."""
    reach("before_mark")
    hours, marked = sorted(versions), set()
    for start in range(0, len(hours), HOURS_A_TRANSACTION):
        chunk = {hour: versions[hour] for hour in hours[start : start + HOURS_A_TRANSACTION]}
        marked |= _mark_silent(connection, run, chunk, cut, measures)
    return marked


@tried_again
def _mark_silent(
    connection: Connection[Cursor],
    run: str,
    versions: Mapping[datetime, int],
    cut: Mapping[int, int],
    measures: Measures,
) -> set[datetime]:
    text = statement("batch/lock_hours").format(hours=placeholders(versions))
    with transaction(connection), connection.cursor() as cursor:
        rows = fetch_all(connection, text, list(versions))
        still = [
            row["hour"]
            for row in rows
            if (row["owner_run"], row["version"]) == (run, versions[row["hour"]])
        ]
        if still:
            for name in ("batch/clear_hours_rows", "batch/clear_type_hours_rows"):
                cursor.execute(statement(name).format(hours=placeholders(still)), still)
            marks = [(h, run, versions[h] + 1, json.dumps(cut)) for h in still]
            cursor.executemany(statement("batch/mark_silent_hour"), marks)
            measures.keep(cursor, still)
            cursor.execute(statement("batch/bump_hours").format(hours=placeholders(still)), still)
    return set(still)


@tried_again
def build_and_mark(
    connection: Connection[Cursor],
    run: str,
    hour: datetime,
    version: int,
    cut: Mapping[int, int],
    measures: Measures,
) -> bool:
    """Make the hour reconciled; ``False`` when its version is not ``version`` any more.

    Raises:
        OvertakenError: a newer run owns the hour.
    """
    reach("before_mark")
    with locked_hour(connection, run, hour) as found:
        if found != version:
            return False
        span = {"hour": hour, "end": hour + HOUR}
        mark = {"hour": hour, "run": run, "version": version + 1, "cut": json.dumps(cut)}
        with connection.cursor() as cursor:
            cursor.execute(statement("batch/clear_hour_rows"), (hour,))
            cursor.execute(statement("batch/clear_type_hour_rows"), (hour,))
            cursor.execute(statement("batch/build_hour_rows"), span)
            cursor.execute(statement("batch/build_type_hour_rows"), span)
            cursor.execute(statement("batch/mark_hour"), mark)
            measures.keep(cursor, [hour])
        bump(connection, hour, "reconciled")
    return True
