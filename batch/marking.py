"""Build an hour's rows and mark it, only if nothing has touched it since the snapshot (P6, 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.due import HOUR
from batch.ownership import bump, locked_hour
from clickledger.failpoints import reach
from clickledger.mysql.statements import statement


def build_and_mark(
    connection: Connection[Cursor],
    run: str,
    hour: datetime,
    version: int,
    cut: Mapping[int, int],
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
        bump(connection, hour, "reconciled")
    return True
