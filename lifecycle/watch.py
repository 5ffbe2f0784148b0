"""Watching: a look a minute, one incident a trouble, and restarts within a budget.

The supervisor restarts a driver that died within seconds: that is liveness. Watching mends what the
supervisor cannot see (frozen, stuck, fenced), and gives up before it does harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickledger.clock import utc_now
from clickledger.errors import ClickledgerError
from clickledger.mysql.connection import connected
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from lifecycle.health import Health, Verdict, judge_health, observe
from lifecycle.incidents import BUDGET, keep_incident, spent
from lifecycle.verbs import Ask, Verbs

WATCHER = "stream_watch"
FIRST_PAUSE_S = 30  # then 60, 120 … between restarts


@dataclass(frozen=True)
class Watched:
    """One look: the verdict, and what was done about it."""

    health: Health
    incident: int | None
    did: str
    restarts_left: int

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            **self.health.as_dict(),
            "incident": self.incident,
            "did": self.did,
            "restarts_left": self.restarts_left,
        }


def watch(settings: Settings, verbs: Verbs) -> Watched:
    """Look once, keep the incident, restart where that helps and the budget allows."""
    with connected(settings, Role.OPERATOR) as connection:
        health = judge_health(observe(connection, verbs.runner))
        incident = keep_incident(connection, health)
        used, last = spent(connection)
        left = max(BUDGET.get(health.verdict, 0) - used, 0)
        if incident is None or health.verdict not in BUDGET:
            return Watched(health, incident, "nothing", left)
        if not left:
            return Watched(health, incident, "nothing: the budget of restarts is spent", 0)
        if (wait := _still_to_wait(used, last)) > 0:
            return Watched(health, incident, f"nothing yet: {wait:.0f} s to wait", left)
        with connection.cursor() as cursor:
            cursor.execute(statement("lifecycle/count_restart"), (incident,))
    return Watched(health, incident, _mend(verbs, health, incident, used), left - 1)


def _mend(verbs: Verbs, health: Health, incident: int, used: int) -> str:
    ask = Ask(
        token=f"incident-{incident}-{used + 1}",
        reason=f"{health.verdict}: {health.detail}"[:1000],
        by=WATCHER,
        approved=True,
    )
    try:
        if health.verdict is Verdict.DOWN:
            outcome, _ = verbs.start(ask)
        elif health.verdict is Verdict.DRIFTED:
            outcome, _ = verbs.align(ask)
        else:
            outcome, _ = verbs.reset(ask)
    except ClickledgerError as error:
        return f"tried to mend it: {error}"
    return f"{outcome.state}: {' '.join(outcome.lines)}"


def _still_to_wait(used: int, last: datetime | None) -> float:
    if last is None:
        return 0.0
    pause_s: float = FIRST_PAUSE_S * 2 ** max(used - 1, 0)
    return pause_s - (utc_now() - last).total_seconds()
