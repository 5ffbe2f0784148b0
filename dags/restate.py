"""Count hours again under this release and the rules as they are now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task
from commands import BY_HAND, WHY, command

DOC = """
### Restate hours

Press *Trigger*, name the hours (UTC, the last one not included), say why. For hours that a release
counted wrongly, or that shall be judged by other rules than those of then.

1. **show** counts the hours again under this release and today's rules and changes nothing.
2. **approve** asks a person, with what would move as its text. Nothing moves: nobody is asked, and
   the run ends here. No answer within a day is a no.
3. **apply** corrects, row by row, while the stream runs on, by the rules and the code that were
   shown: it refuses if either has changed since. Each row's figures before and after are kept;
   `clickledger corrections undo` takes all of it back.

*Safe to clear and to retry at any time:* what a run that died has left is taken back and made anew.
If it ends red: press the red square, then *Logs*. The last lines say why and what to do.
"""
QUESTION = """\
```
why: {{ params.reason | replace('`', "'") }}

{{ ti.xcom_pull(task_ids='show')['text'] | replace('`', "'") }}
```
**Approve**: the hours are corrected. **Reject**: nothing changes. No answer within a day is a no.
"""
HOUR: dict[str, Any] = {"type": "string", "format": "date-time"}

with DAG(
    dag_id="restate",
    description="Recount hours under this release and today's rules; approval; correction.",
    doc_md=DOC,
    dagrun_timeout=timedelta(hours=30),
    **(BY_HAND | {"tags": ["batch"]}),
    params={
        "from": Param(None, **HOUR, title="From which hour?", description="Its beginning, UTC."),
        "to": Param(None, **HOUR, title="To which hour?", description="Not included, UTC."),
        "reason": WHY,
    },
):
    VALUES = {
        "FROM": "{{ params['from'] }}",
        "UNTIL": "{{ params.to }}",
        "REASON": "{{ params.reason }}",
    }
    LINE = 'restate --from "$FROM" --to "$UNTIL" --reason "$REASON" --by "$BY"'
    show = command("show", f"{LINE} --dry-run --json", VALUES, timeout=timedelta(hours=2))

    @task.short_circuit(retries=0, execution_timeout=timedelta(minutes=1))
    def decide(found: Any) -> Any:
        """Whether anything would move."""
        return found["moves"]

    approve = ApprovalOperator(
        task_id="approve",
        subject="Restate {{ params['from'] }} to {{ params.to }}?",
        body=QUESTION,
        response_timeout=timedelta(days=1),
        defaults="Reject",
        retries=3,  # an answer that meets Airflow still asking: docs/adr/0007
        retry_delay=timedelta(seconds=1),
    )
    apply = command(
        "apply",
        f'{LINE} --approve --rules-version "$RULES" --code "$CODE" --duplicates "$DUPLICATES"'
        " --json",
        VALUES
        | {
            "RULES": "{{ ti.xcom_pull(task_ids='show')['rules_version'] }}",
            "CODE": "{{ ti.xcom_pull(task_ids='show')['code_fingerprint'] }}",
            "DUPLICATES": "{{ ti.xcom_pull(task_ids='show')['duplicates'] }}",
        },
        timeout=timedelta(hours=4),
    )
    decide(show.output) >> approve >> apply
