"""Telling people and other teams' DAGs of published days, once a version.

``clickledger export deliver --mail`` says what there is to tell, and only once; here it is handed
to Airflow's own notifier. Put another one in the place of ``SmtpNotifier`` to be told otherwise.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import Asset, AssetAlias

TO = "{{ var.value.get('clickledger_reports_to', '') }}"
# Schedule a DAG on this asset to be run for every version of a day that is published; which one it
# was is in the event's ``extra``: day, version, state of the run, folder, totals.
DAYS = Asset(name="clickledger_days", uri="clickledger://exports/clicks")
PUBLISHED = AssetAlias("clickledger_published_days")


def days_in(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Of what an export printed: the days of which there is a new version."""
    names = ("day", "version", "folder", "silent", "totals")
    return [
        {name: day[name] for name in names}
        for day in found["days"]
        if day["outcome"] == "published"
    ]


class ReportMail(SmtpNotifier):
    """Sends what there is to tell, to whoever the variable ``clickledger_reports_to`` names."""

    def __init__(self) -> None:
        # What is told comes in by the context, never as part of a template.
        super().__init__(
            to=TO,
            subject="{{ mail.subject }}",
            html_content="<pre>{{ mail.text | escape }}</pre>",
        )

    def __call__(self, context: Any) -> None:
        """As a callback of the task that asked."""
        found = context["ti"].xcom_pull(task_ids=context["ti"].task_id)
        mail = found["mail"] if found else None
        if mail is not None:
            self.files = mail["attachments"]
            super().__call__({**context, "mail": mail})

    def notify(self, context: Any) -> None:
        """Send, unless nobody wants to be told."""
        if self.to:
            super().notify(context)
