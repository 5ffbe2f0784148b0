"""Restart, stop, start, reset or roll back the stream."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param
from commands import ASKED_AT, BY_HAND, WHY, command

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

The run is one operation: clear or retry it whenever you like. Another operation is under way, or
has ended while this run was queued: this one is told so and does nothing, however often it is
cleared. Look how the stream is, and press *Trigger* again if it is still wanted. A restart that
needs a person's word (limits were changed) is refused; use `stream_deploy` for it.

If it ends red: press the red square, then *Logs*. The last lines say why and what to do.
"""

CHOICES = {
    "restart": "restart: a new driver takes over from the old one",
    "drain": "drain: commit what is in hand, end, and stay ended",
    "start": "start: run again, from where the ledger stands",
    "reset": "reset: throw a driver that hangs away, with its checkpoint",
    "rollback": "rollback: go back to the last good release",
}

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
            enum=list(CHOICES),
            values_display=CHOICES,
            title="What?",
            description="Whichever you choose: nothing is lost, nothing is counted twice.",
        ),
        "reason": WHY,
    },
):
    command(
        "operate",
        'stream "$ACTION" --reason "$REASON" --token "$TOKEN" --by "$BY" --asked-at "$ASKED_AT"'
        " --json",
        {
            "ACTION": "{{ params.action }}",
            "REASON": "{{ params.reason }}",
            "ASKED_AT": ASKED_AT,
        },
        timeout=timedelta(minutes=20),
    )
