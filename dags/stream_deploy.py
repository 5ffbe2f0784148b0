"""Deploy a release of the streaming job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, get_current_context, task
from commands import BY_HAND, WHY, command

DOC = """
### Deploy a release of the stream

Press *Trigger*, name the release (`current` is the checkout that Airflow runs from), say why.

1. **plan** keeps `current` as a release and looks at what would happen; of the stream it changes
   nothing. When Kafka cannot be what the ledger remembers, it ends here, with the numbers.
2. **approve** asks a person, with the plan as its text, when the plan needs one (other rules,
   another Spark) or when you asked for it. No answer within an hour is a no.
3. **deploy** warms the planned release up beside the old driver (whatever `current` is by then),
   lets it take over, and proves it: batches are committed, samples are counted again, the audit
   finds nothing new. A release that does not hold is rolled back by itself.

*Nothing is lost and nothing is counted twice, whichever task you clear or retry, and whenever:* the
run is one operation. What was done before is in `clickledger stream history`.
If it ends red: press the red square, then *Logs*. The last lines say why and what to do.
"""
QUESTION = """\
```
why: {{ params.reason | replace('`', "'") }}

{{ ti.xcom_pull(task_ids='plan')['text'] }}
```
**Approve**: the new driver warms up beside the old one and takes over. **Reject**: nothing changes.
No answer within an hour is a no.
"""

with DAG(
    dag_id="stream_deploy",
    description="Deploy a release of the streaming job: plan, approval, takeover, proof, rollback.",
    doc_md=DOC,
    dagrun_timeout=timedelta(hours=2),
    **BY_HAND,
    params={
        "release": Param(
            "current",
            type="string",
            minLength=1,
            maxLength=128,
            title="Which release?",
            description="current: the checkout that Airflow runs from."
            " `clickledger release list` names the others.",
        ),
        "reason": WHY,
        "approval": Param(
            "when needed",
            type="string",
            enum=["when needed", "always"],
            title="Ask a person before?",
            description="when needed: only if figures could change by it (other rules or limits,"
            " another Spark, a release that was found bad before).",
        ),
    },
):
    asked = {"RELEASE": "{{ params.release }}"}
    plan = command("plan", 'stream plan "$RELEASE" --say-only --json', asked)

    @task.branch(retries=0, execution_timeout=timedelta(minutes=1))
    def decide(found: Any) -> str:
        """What the plan asks for."""
        if found["decision"] == "refuse":
            raise RuntimeError(f"Refused: {found['refusals']}")
        always = get_current_context()["params"]["approval"] == "always"
        return "approve" if always or found["decision"] == "ask" else "deploy"

    approve = ApprovalOperator(
        task_id="approve",
        subject="Deploy {{ params.release }}?",
        body=QUESTION,
        response_timeout=timedelta(hours=1),
        defaults="Reject",
        # An answer that meets Airflow still putting the question down, within about a second, fails
        # the task, on any database (docs/adr/0007): it is asked again.
        retries=3,
        retry_delay=timedelta(seconds=1),
    )
    deploy = command(
        "deploy",
        'stream deploy "$RELEASE" --reason "$REASON" --token "$TOKEN" --by "$BY" $APPROVE --json',
        {  # what was planned and approved; `current` may be another release since
            "RELEASE": "{{ ti.xcom_pull(task_ids='plan')['to_release'] }}",
            "REASON": "{{ params.reason }}",
            "APPROVE": "{{ '--approve' if ti.xcom_pull(task_ids='approve') else '' }}",
        },
        trigger_rule="none_failed_min_one_success",
        timeout=timedelta(minutes=20),
    )
    decide(plan.output) >> [approve, deploy]
    approve >> deploy
