"""Look at the stream every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG
from commands import DEFAULTS, command

DOC = """
### Watch the stream

A look a minute. Red means that somebody should look: the task's log says what is wrong, what was
done about it, and which runbook helps. One trouble is one incident, however many looks see it.

The supervisor restarts a driver that died, within seconds and without Airflow. This DAG restarts
one that is frozen, stuck or fenced, within a budget, and leaves alone what needs a person
(*halted*).
"""

with DAG(
    dag_id="stream_watch",
    description="The verdict on the stream, every minute; restarts within a budget.",
    doc_md=DOC,
    schedule="* * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=15),
    default_args=DEFAULTS | {"retries": 0},  # the next look is a minute away
    tags=["stream"],
):
    command("look", "stream watch --json", timeout=timedelta(minutes=10))
