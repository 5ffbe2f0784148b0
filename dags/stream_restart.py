"""Restart, stop, start, reset or roll back the stream."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param
from commands import BY_HAND, command

DOC = """
### Restart the stream

Press *Trigger*, choose, say why. Each choice is safe: nothing is lost, nothing is counted twice.

| choice | what happens |
| --- | --- |
| restart | a new driver of the same release warms up beside the old one and takes over |
| drain | the batch under way is committed, the process ends, and it stays ended until *start* |
| start | it runs again, from where the ledger stands |
| reset | process and checkpoint are thrown away at once; for a driver that hangs |
| rollback | back to the release that was found good before this one |

The run is one operation: clear or retry it whenever you like. Another operation under way: this one
is told so and does nothing. A restart that needs a person's word (limits were changed) is refused;
use `stream_deploy` for it.
"""

with DAG(
    dag_id="stream_restart",
    description="Restart, drain, start, reset or roll back the streaming job.",
    doc_md=DOC,
    dagrun_timeout=timedelta(hours=1),
    **BY_HAND,
    params={
        "action": Param(
            "restart",
            type="string",
            enum=["restart", "drain", "start", "reset", "rollback"],
            title="What?",
        ),
        "reason": Param("", type="string", minLength=1, maxLength=1000, title="Why?"),
    },
):
    command(
        "operate",
        'stream "$ACTION" --reason "$REASON" --token "$TOKEN" --by "$BY" --json',
        {"ACTION": "{{ params.action }}", "REASON": "{{ params.reason }}"},
        timeout=timedelta(minutes=20),
    )
