"""Alarms of ``stream_watch``: one mail when an incident opens, one when it is over.

The command says what there is to tell; here it is handed to Airflow's own notifier.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk.exceptions import AirflowException
from commands import last_document
from mails import ToldMail

BLIND = {
    "subject": "clickledger: nobody watches the stream",
    "text": "stream_watch itself fails; the log of its task `look` says why. You are told once.",
}


class TroubleError(AirflowException):
    """A look that found trouble: its task turns red, and what it found is kept for the alarm."""

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(f"{found['verdict']}: {found['detail']} Next: {found['next_step']}")
        self.found = found


def without_trouble(output: str) -> Any:
    """What a look printed; trouble is raised."""
    found = last_document(output)
    if not found["fine"]:
        raise TroubleError(found)
    return found


def alarm_in(context: Any) -> dict[str, str] | None:
    """What the look that has just ended has to tell."""
    error = context.get("exception")
    if isinstance(error, TroubleError):
        found: dict[str, str] | None = error.found["alarm"]
        return found
    if error is not None:
        before = context["ti"].get_previous_dagrun()
        return None if before is not None and before.state == "failed" else BLIND
    result = context["ti"].xcom_pull(task_ids=context["ti"].task_id)
    return result["alarm"] if result else None


class IncidentMail(ToldMail):
    """Sends what there is to tell, to whoever the variable ``clickledger_alarms_to`` names."""

    def __init__(self) -> None:
        super().__init__("clickledger_alarms_to")

    def __call__(self, context: Any) -> None:
        """As a callback of a task."""
        alarm = alarm_in(context)
        if alarm is not None:
            super().__call__({**context, "mail": alarm})
