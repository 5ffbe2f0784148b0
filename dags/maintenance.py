"""Delete what is old enough, after listing all of it."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from commands import ALL_DAGS, DEFAULTS, command

DOC = """
### Maintenance

Every night. **list** writes down what is old enough to go and deletes nothing; its log is the list.
**delete** then deletes what the list names, and only that; what may no longer be deleted when its
turn comes is kept, and the log says why.

| what | when it goes |
| --- | --- |
| minute rows of a day | the day is final, and no event can reach it any more (`max_age`) |
| archive | all hours that a segment holds are sealed |
| the ledger's single ranges | folded up to one per driver and segment; they prove what they did |
| samples, checkpoints, releases, logs | by age (`keep_…` in `clickledger env`) |

By default minute rows and the archive stay for ever. To look at a list before anything goes: run
`clickledger maintenance --dry-run`, or pause this DAG. Safe to clear, to retry and to run twice.
"""

with DAG(
    dag_id="maintenance",
    description="List what is old enough to go, then delete what was listed.",
    doc_md=DOC,
    schedule="40 2 * * *",
    dagrun_timeout=timedelta(hours=3),
    default_args=DEFAULTS,
    **(ALL_DAGS | {"tags": ["batch"]}),
):
    listed = command(
        "list", 'maintenance --dry-run --by "$BY" --json', timeout=timedelta(minutes=30)
    )
    listed >> command(
        "delete",
        'maintenance --list "$LIST" --by "$BY" --json',
        {"LIST": "{{ ti.xcom_pull(task_ids='list')['list'] }}"},
        timeout=timedelta(hours=2),
    )
