"""Telling people and other teams' DAGs of published days, once a version.

``clickledger export deliver --mail`` says what there is to tell, and only once; here it is handed
to Airflow's own notifier.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, AssetAlias
from mails import ToldMail

# Schedule a DAG on this asset to be run for every version of a day that is published; which one it
# was is in the event's ``extra``: day, version, state (final, restated or provisional), folder,
# silent, totals.
DAYS = Asset(name="clickledger_days", uri="clickledger://exports/clicks")
PUBLISHED = AssetAlias("clickledger_published_days")


def named(days: list[dict[str, Any]]) -> str:
    """As ``export deliver --announced`` wants them."""
    return ",".join(f"{day['day']}:{day['version']}" for day in days)


class ReportMail(ToldMail):
    """Sends what there is to tell, to whoever the variable ``clickledger_reports_to`` names."""

    def __init__(self) -> None:
        super().__init__("clickledger_reports_to")

    def __call__(self, context: Any) -> None:
        """As a callback of the task that asked."""
        found = context["ti"].xcom_pull(task_ids=context["ti"].task_id)
        mail = found["mail"] if found else None
        if mail is not None:
            self.files = mail["attachments"]
            super().__call__({**context, "mail": mail})
