"""A mail that says what a command has to tell, by Airflow's own notifier.

Put another notifier in the place of ``SmtpNotifier`` to be told in another way (docs/alarms.md).
"""

from __future__ import annotations

from typing import Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier


class ToldMail(SmtpNotifier):
    """Sends ``mail`` of the context (subject, text) to whoever a variable names, if it names any.

    What is told comes in by the context, never as part of a template.
    """

    def __init__(self, variable: str) -> None:
        super().__init__(
            to=f"{{{{ var.value.get('{variable}', '') }}}}",
            subject="{{ mail.subject }}",
            html_content="<pre>{{ mail.text | escape }}</pre>",
        )

    def notify(self, context: Any) -> None:
        """Send, unless nobody wants to be told."""
        if self.to:
            super().notify(context)
