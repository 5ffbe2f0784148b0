"""What people are told of an incident: once when it opens, once when it is over.

The command only says it; Airflow's notifier sends it (``dags/alarms.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clickledger.clock import utc_now
from lifecycle.health import Health
from lifecycle.incidents import Kept

LONGEST_SUBJECT = 120


@dataclass(frozen=True)
class Alarm:
    """A message to a person; the subject is one line."""

    subject: str
    text: str


def alarm_of(kept: Kept, health: Health, did: str) -> Alarm | None:
    """What this look has to tell; mostly nothing."""
    if kept.opened:
        return Alarm(
            _line(f"clickledger: the stream is {health.verdict}: {health.detail}"),
            f"Incident {kept.number}: the stream is {health.verdict}.\n{health.detail}\n"
            f"Done about it: {did}\nNext: {health.next_step or 'nothing'}",
        )
    if kept.ended is not None and kept.number is None:
        return Alarm(
            _line(f"clickledger: the stream is {health.verdict} again"),
            f"Incident {kept.ended['id']} ({kept.ended['verdict']}) is over after"
            f" {_duration(kept.ended)}, {kept.ended['restarts']} restarts.\n{kept.ended['detail']}",
        )
    return None


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_SUBJECT]


def _duration(row: dict[str, Any]) -> str:
    minutes, seconds = divmod(round((utc_now() - row["opened_at"]).total_seconds()), 60)
    return f"{minutes} min {seconds} s"
