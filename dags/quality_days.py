"""Judge the quality of days that were built."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from commands import ALL_DAGS, DEFAULTS, command

DOC = """
### Judge the quality of built days

Twenty minutes after `reconcile_hours`: every day that was built and has not been judged since, so
each day once, and once more after a late event or a correction has reopened it. Most runs find
nothing to do and end at once. Which days are due is not a matter of this schedule, and a day of the
report time zone ends at any hour of UTC.

Red means that a critical expectation failed: the figures of that day contradict each other, and it
is held from publication until a later judgement finds them right. The log names the expectation and
the rows, `docs/runbooks/quality-failed.md` says what to do. What is only unusual (volume, rejects,
new device types, one device with most of the clicks) is a warning and does not hold anything.

Safe to clear, to retry and to start by hand at any time, twice at once too.
"""

with DAG(
    dag_id="quality_days",
    description="Judge each day that was built, once for each build; a failed one is held.",
    doc_md=DOC,
    schedule="40 * * * *",
    dagrun_timeout=timedelta(hours=1),
    default_args=DEFAULTS | {"retries": 0},  # a day that failed is judged; the next run is near
    **(ALL_DAGS | {"tags": ["batch"]}),
):
    command("judge", 'quality --by "$BY" --json', timeout=timedelta(minutes=50))
