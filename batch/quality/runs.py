"""Judge days: the one that is asked for, or all that were built and have not been judged since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.quality.checkpoint import run_checkpoint
from batch.quality.expectations import expectations_of
from batch.quality.facts import read_facts
from batch.quality.frames import frames_of
from batch.quality.judgements import Judgement, findings_of, keep, verdict_of
from batch.quality.offline_pages import make_offline
from batch.quality.pages import replaced_pages
from clickledger.clock import utc_now
from clickledger.errors import NotReconciledError
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import statement
from clickledger.release import release_name
from clickledger.settings import Role, Settings


def judge_days(
    settings: Settings,
    asked_by: str,
    day: date | None = None,
    heard: Callable[[Judgement], None] = lambda judgement: None,
) -> list[Judgement]:
    """Judge ``day``, or every day that is due; ``heard`` is told each as it is written down.

    Raises:
        NotReconciledError: the day that is asked for does not stand as built.
    """
    judged = []
    with connected(settings, Role.BATCH) as connection:
        for each in days_due(connection) if day is None else [day]:
            judgement = judge_day(settings, connection, each, asked_by, utc_now())
            if judgement is None and day is not None:
                raise NotReconciledError(
                    f"{day} is not built, or an hour of it has moved since.",
                    next_step=f"clickledger reconcile --day {day}",
                )
            if judgement is not None:  # else an hour of it has moved just now
                heard(judgement)
                judged.append(judgement)
    return judged


def days_due(connection: Connection[Cursor]) -> list[date]:
    """Days of the report time zone that stand as built, and whose build has not been judged."""
    return [row["day"] for row in fetch_all(connection, statement("quality/days_due"))]


def judge_day(
    settings: Settings, connection: Connection[Cursor], day: date, asked_by: str, now: datetime
) -> Judgement | None:
    """Judge the build of ``day`` that stands; ``None``: none does. ``now`` tells what is fresh."""
    facts = read_facts(connection, settings.topic, day, now)
    if facts is None:
        return None
    expected = expectations_of(facts, settings)
    checked = [each for each in expected if each.skipped is None]
    with replaced_pages(settings.data_docs, str(day)) as pages:
        outcomes = run_checkpoint(str(day), frames_of(facts), checked, pages)
        findings = findings_of(expected, outcomes)
        judgement = Judgement(day, verdict_of(findings), findings, settings.data_docs / str(day))
        make_offline(pages, judgement, {each.name: each.frame for each in expected})
    # The pages first: killed here, the day is still due, and is judged again.
    keep(connection, facts, judgement, asked_by, release_name(settings))
    return judgement
