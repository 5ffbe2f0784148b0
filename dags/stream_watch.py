"""Look at the stream, every ten seconds."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from alarms import IncidentMail, without_trouble
from commands import ALL_DAGS, DEFAULTS, command

DOC = """
### Watch the stream

A look every ten seconds; a run lasts a minute, or until there is something to tell. Red means that
somebody should look: the task's log says what is wrong, what was done about it, and which runbook
helps. One trouble is one incident, however many looks see it.

The supervisor restarts a driver that died, within seconds and without Airflow. This DAG restarts
one that is frozen, stuck or fenced, within a budget, and leaves alone what needs a person
(*halted*). Each look counts one applied range again in plain Python: a release that counts wrongly
is taken back.

Whoever the variable `clickledger_alarms_to` names gets one mail when an incident opens and one when
it is over; `docs/alarms.md` says how to set it up.
"""

with DAG(
    dag_id="stream_watch",
    description="The verdict on the stream, all the time; restarts within a budget.",
    doc_md=DOC,
    schedule="* * * * *",
    dagrun_timeout=timedelta(minutes=15),
    default_args=DEFAULTS | {"retries": 0},  # the next run is a minute away
    **ALL_DAGS,
):
    command(
        "look",
        "stream watch --for 50s --every 10s --say-only --json",
        timeout=timedelta(minutes=10),
        output_processor=without_trouble,
        on_failure_callback=IncidentMail(),
        on_success_callback=IncidentMail(),
    )
