"""Watching: a look every ten seconds, one incident a trouble, and restarts within a budget.

The supervisor restarts a driver that died within seconds: that is liveness. Watching mends what the
supervisor cannot see (frozen, stuck, fenced), and gives up before it does harm. Each look counts
one applied range again: a release that counts wrongly is taken back. What ended drivers left is put
away.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_now
from clickledger.errors import ClickledgerError
from clickledger.mysql.connection import connected
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from lifecycle.alarms import Alarm, alarm_of
from lifecycle.ended_generations import put_away
from lifecycle.health import Health, Observed, Verdict, judge_health, observe
from lifecycle.incidents import (
    BUDGET,
    Spent,
    keep_incident,
    restarts_left,
    see_incident,
    spent,
)
from lifecycle.operations import operation_in_hand
from lifecycle.recount import sample_newest
from lifecycle.releases import judge
from lifecycle.samples import suspect_ranges
from lifecycle.unarchived import warning
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
    sampled: str = "nothing"  # which applied range was counted again, and what came of it
    alarm: Alarm | None = None  # what people are to be told
    is_operated_on: bool = False  # then what looks like trouble is an operation's doing

    @property
    def is_telling(self) -> bool:
        """Whether somebody should hear of it: trouble, or the end of one."""
        return not (self.health.fine or self.is_operated_on) or self.alarm is not None

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            **self.health.as_dict(),
            "incident": self.incident,
            "did": self.did,
            "restarts_left": self.restarts_left,
            "sampled": self.sampled,
            "alarm": asdict(self.alarm) if self.alarm else None,
            "is_operated_on": self.is_operated_on,
        }


def watch(settings: Settings, verbs: Verbs) -> Watched:
    """Look once, count a range again, keep the incident, restart where the budget allows."""
    with connected(settings, Role.OPERATOR) as connection:
        put_away(connection, settings)
        seen, sampled = _look(connection, settings, verbs)
        health = judge_health(seen)
        budgets = spent(connection)
        used = budgets.get(health.verdict, Spent())
        left = restarts_left(health.verdict, budgets)
        if at_work := operation_in_hand(connection):
            did = f"nothing: {at_work.action} by {at_work.asked_by} is under way"
            return Watched(health, None, did, left, sampled, is_operated_on=True)
        kept = keep_incident(connection, health)
        did = _why_not(seen, health, left, _still_to_wait(used, utc_now()))
        if kept.number is not None and not did:
            with connection.cursor() as cursor:
                cursor.execute(statement("lifecycle/count_restart"), (kept.number,))
    if kept.number is not None and not did:
        did, left = _mend(verbs, health, f"incident-{kept.number}-{used.restarts + 1}"), left - 1
        if health.verdict is Verdict.WRONG:
            health = _with_all_suspects(settings, kept.number, seen)
    alarm = alarm_of(kept, health, did)
    return Watched(health, kept.number, did or "nothing", left, sampled, alarm)


def watch_for(settings: Settings, verbs: Verbs, length_s: float, every_s: float) -> Watched:
    """Look again and again; returns the first look that has something to tell, or the last one."""
    deadline = time.monotonic() + length_s
    while True:
        found = watch(settings, verbs)
        if found.is_telling or time.monotonic() + every_s > deadline:
            return found
        time.sleep(every_s)


def _look(connection: Connection[Cursor], settings: Settings, verbs: Verbs) -> tuple[Observed, str]:
    """What there is; of a stream at work, after one more of its ranges was counted again."""
    seen = observe(connection, verbs.runner)
    epoch = seen.state["epoch"]
    if not judge_health(seen).fine or epoch is None:
        return seen, "nothing: the stream is not at work"
    try:
        found = sample_newest(connection, settings, epoch)
    except ClickledgerError as error:
        return seen, f"nothing: {error}"
    seen = replace(seen, unarchived=_unarchived(connection, settings))
    if found is None:
        return seen, "nothing: no range of this epoch is new"
    if found.differences:
        judge(connection, found.release_name, "bad", f"it counts wrongly: {found.in_words()}")
        seen = observe(connection, verbs.runner)
    return seen, found.in_words()


def _unarchived(connection: Connection[Cursor], settings: Settings) -> str:
    try:
        return warning(connection, settings)
    except ClickledgerError:  # the stream's own verdict tells of a broker that is away
        return ""


def _why_not(seen: Observed, health: Health, left: int, wait_s: float) -> str:
    """Why nothing is done; empty: something shall be."""
    if health.verdict not in BUDGET:
        return "nothing"
    if health.verdict is Verdict.DOWN and seen.process_alive:
        return "nothing: the supervisor starts it again"  # its launcher waits, or is at it
    if not left:
        return "nothing: the budget of restarts is spent"
    return f"nothing yet: {wait_s:.0f} s to wait" if wait_s > 0 else ""


def _mend(verbs: Verbs, health: Health, token: str) -> str:
    reason = f"{health.verdict}: {health.detail}"[:1000]
    ask = Ask(token=token, reason=reason, by=WATCHER, approved=True)
    try:
        if health.verdict is Verdict.DOWN:
            outcome, _ = verbs.start(ask)
        elif health.verdict is Verdict.DRIFTED:
            outcome, _ = verbs.align(ask)
        elif health.verdict is Verdict.WRONG:
            outcome, _ = verbs.rollback(ask, at_once=True)
        else:
            outcome, _ = verbs.reset(ask)
    except ClickledgerError as error:
        return f"tried to mend it: {error}"
    return f"{outcome.state}: {' '.join(outcome.lines)}"


def _with_all_suspects(settings: Settings, incident: int, seen: Observed) -> Health:
    """The incident names what the wrong epoch has applied to its very end."""
    with connected(settings, Role.OPERATOR) as connection:
        suspects = tuple(suspect_ranges(connection, seen.state["epoch"]))
        health = judge_health(replace(seen, suspects=suspects))
        see_incident(connection, incident, health)
    return health


def _still_to_wait(used: Spent, now: datetime) -> float:
    if used.last_at is None:
        return 0.0
    pause_s: float = FIRST_PAUSE_S * 2 ** max(used.restarts - 1, 0)
    return pause_s - (now - used.last_at).total_seconds()
