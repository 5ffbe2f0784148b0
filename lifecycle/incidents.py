"""Incidents: one row a trouble, and the budget of restarts that watching may spend on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_now
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from lifecycle.health import Health, Verdict

# How many restarts each trouble is worth until the stream was fine for HEALTHY_SPELL.
BUDGET = {Verdict.DOWN: 5, Verdict.STUCK: 3, Verdict.FENCED: 3, Verdict.DRIFTED: 3}
HEALTHY_SPELL = timedelta(minutes=10)
MOST_INCIDENTS = 200


def spent(connection: Connection[Cursor]) -> tuple[int, datetime | None]:
    """Restarts since the stream was last fine for a while, and when the last one was."""
    rows = fetch_all(connection, statement("lifecycle/incidents"), (MOST_INCIDENTS,))
    used, last, later = 0, None, utc_now()
    for row in rows:  # newest first
        if later - (row["ended_at"] or later) >= HEALTHY_SPELL:
            break
        used += row["restarts"]
        last = last or row["last_restart_at"]
        later = row["opened_at"]
    return used, last


def keep_incident(connection: Connection[Cursor], health: Health) -> int | None:
    """One open row per trouble; its number while there is trouble."""
    known = fetch_one(connection, statement("lifecycle/open_incident"))
    row = {"verdict": health.verdict, "detail": health.detail, "next_step": health.next_step}
    with connection.cursor() as cursor:
        if known and (health.fine or known["verdict"] != health.verdict):
            cursor.execute(statement("lifecycle/end_incident"), (known["id"],))
            known = None
        if health.fine:
            return None
        if known:
            cursor.execute(statement("lifecycle/see_incident"), {**row, "id": known["id"]})
            return int(known["id"])
        cursor.execute(statement("lifecycle/add_incident"), row)
        return int(cursor.lastrowid)
