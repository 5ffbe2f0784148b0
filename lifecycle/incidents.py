"""Incidents: one row a trouble, and the budget of restarts that watching may spend on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_now
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from lifecycle.health import Health, Verdict

# How many restarts each trouble is worth until there was none of its kind for HEALTHY_SPELL.
BUDGET = {
    Verdict.DOWN: 5,
    Verdict.STUCK: 3,
    Verdict.FENCED: 3,
    Verdict.DRIFTED: 3,
    Verdict.WRONG: 5,
}
HEALTHY_SPELL = timedelta(minutes=10)
MOST_INCIDENTS = 200


@dataclass(frozen=True)
class Kept:
    """What a look did to the book of incidents. ``number``: of the open one, while there is one."""

    number: int | None
    opened: bool = False
    ended: dict[str, Any] | None = None  # the row of the one that this look ended


@dataclass(frozen=True)
class Spent:
    """Restarts for the sake of one kind of trouble since its last spell without, and the last."""

    restarts: int = 0
    last_at: datetime | None = None


def spent(connection: Connection[Cursor]) -> dict[Verdict, Spent]:
    """What is spent of each budget."""
    rows = fetch_all(connection, statement("lifecycle/incidents"), (MOST_INCIDENTS,))
    return {verdict: spent_on(verdict, rows, utc_now()) for verdict in BUDGET}


def spent_on(verdict: Verdict, newest_first: Iterable[Mapping[str, Any]], now: datetime) -> Spent:
    """Other troubles neither add to it, nor keep it from being over."""
    used, last, later = 0, None, now
    for row in newest_first:
        if row["verdict"] != verdict:
            continue
        if later - (row["ended_at"] or later) >= HEALTHY_SPELL:
            break
        used += row["restarts"]
        last = last or row["last_restart_at"]
        later = row["opened_at"]
    return Spent(used, last)


def restarts_left(verdict: Verdict, used: Mapping[Verdict, Spent]) -> int:
    """Of the verdict's budget; where it has none, of the one that has least left."""
    left = {each: max(most - used[each].restarts, 0) for each, most in BUDGET.items()}
    return left.get(verdict, min(left.values()))


def since_when(connection: Connection[Cursor], started_at: datetime | None) -> datetime | None:
    """Since when the newest trouble lasts, or, where none does, since when there was none."""
    rows = fetch_all(connection, statement("lifecycle/incidents"), (1,))
    if not rows:
        return started_at
    opened: datetime = rows[0]["opened_at"]
    ended: datetime | None = rows[0]["ended_at"]
    return max(ended, started_at or ended) if ended else opened


def keep_incident(connection: Connection[Cursor], health: Health) -> Kept:
    """One open row per trouble."""
    known = fetch_one(connection, statement("lifecycle/open_incident"))
    ended = known if known and (health.fine or known["verdict"] != health.verdict) else None
    with connection.cursor() as cursor:
        if ended:
            cursor.execute(statement("lifecycle/end_incident"), (ended["id"],))
        if health.fine:
            return Kept(None, ended=ended)
        if known and not ended:
            see_incident(connection, known["id"], health)
            return Kept(int(known["id"]))
        cursor.execute(statement("lifecycle/add_incident"), _row(health))
        return Kept(int(cursor.lastrowid), opened=True, ended=ended)


def see_incident(connection: Connection[Cursor], number: int, health: Health) -> None:
    """It lasts; what is said of it is the newest."""
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/see_incident"), {**_row(health), "id": number})


def _row(health: Health) -> dict[str, Any]:
    return {"verdict": health.verdict, "detail": health.detail, "next_step": health.next_step}
