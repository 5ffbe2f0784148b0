"""Deploy a release of the streaming job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, get_current_context, task
from commands import BY_HAND, command

DOC = """
### Deploy a release of the stream

Press *Trigger*, name the release (`current` is the checkout that Airflow runs from), say why.

1. **plan** looks at what would happen and changes nothing. When Kafka cannot be what the ledger
   remembers, it ends here, with the numbers.
2. **approve** asks a person, with the plan as its text, when the plan needs one (other rules,
   another Spark) or when you asked for it. No answer within an hour is a no.
3. **deploy** warms the new driver up beside the old one, lets it take over, and proves it: batches
   are committed, samples are counted again, the audit finds nothing new. A release that does not
   hold is rolled back by itself.

*Nothing is lost and nothing is counted twice, whichever task you clear or retry, and whenever:* the
run is one operation. What was done before is in `clickledger stream history`.
If it ends red: the last lines of the task's log say why and what to do.
"""

with DAG(
    dag_id="stream_deploy",
    description="Deploy a release of the streaming job: plan, approval, takeover, proof, rollback.",
    doc_md=DOC,
    dagrun_timeout=timedelta(hours=2),
    **BY_HAND,
    params={
        "release": Param("current", type="string", minLength=1, maxLength=128, title="Release"),
        "reason": Param("", type="string", minLength=1, maxLength=1000, title="Why?"),
        "approval": Param(
            "when needed", type="string", enum=["when needed", "always"], title="Ask a person"
        ),
    },
):
    VALUES = {"RELEASE": "{{ params.release }}", "REASON": "{{ params.reason }}"}
    plan = command("plan", 'stream plan "$RELEASE" --say-only --json', VALUES)

    @task.branch(retries=0)
    def decide(found: Any) -> str:
        """What the plan asks for."""
        if found["decision"] == "refuse":
            raise RuntimeError(f"Refused: {found['refusals']}")
        always = get_current_context()["params"]["approval"] == "always"
        return "approve" if always or found["decision"] == "ask" else "deploy"

    approve = ApprovalOperator(
        task_id="approve",
        subject="Deploy {{ params.release }}?",
        body="{{ ti.xcom_pull(task_ids='plan')['text'] }}",
        response_timeout=timedelta(hours=1),
        defaults="Reject",
        # An answer within a second can meet Airflow still putting the question down: it then calls
        # the task failed (seen on SQLite). It is asked again.
        retries=3,
        retry_delay=timedelta(seconds=1),
    )
    deploy = command(
        "deploy",
        'stream deploy "$RELEASE" --reason "$REASON" --token "$TOKEN" --by "$BY" $APPROVE --json',
        VALUES | {"APPROVE": "{{ '--approve' if ti.xcom_pull(task_ids='approve') else '' }}"},
        trigger_rule="none_failed_min_one_success",
        timeout=timedelta(minutes=20),
    )
    decided = decide(plan.output)
    decided >> [approve, deploy]
    approve >> deploy
