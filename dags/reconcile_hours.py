"""Count every hour that is over again, exactly."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from commands import ALL_DAGS, DEFAULTS, command

DOC = """
### Reconcile the hours that are over

Twenty minutes past every hour: keep the raw records of all that was counted, count each hour that
is due again (twice, by Spark and by DuckDB), and compare row by row while the stream runs on. Which
hours are due is not a matter of this schedule: the table `hours` knows, hours that were reopened by
a late event included. A run that was missed is made up for by the next one. So the schedule is a
plain cron line without data intervals: none would say what a run works on, and with them Airflow
would begin one for the hour before as soon as it starts, while the stream is warming up.

Red means that an hour waits for a person. The log's table says which and why, and
`docs/runbooks/hour-differs.md` what to do. An hour in which late events keep arriving (`moved`)
does not: it stays provisional, and the next run takes it. Figures are never changed without a cause
that is proven; a correction of more than the set share of an hour's clicks waits for a person.

Safe to clear, to retry and to start by hand at any time, twice at once too.
"""

with DAG(
    dag_id="reconcile_hours",
    description="Archive, recount and compare every hour that is over.",
    doc_md=DOC,
    schedule="20 * * * *",
    dagrun_timeout=timedelta(hours=2),
    default_args=DEFAULTS,
    **(ALL_DAGS | {"tags": ["batch"]}),
):
    command(
        "reconcile",
        'reconcile --reason "reconcile_hours" --by "$BY" --json',
        timeout=timedelta(hours=1, minutes=45),
    )
