"""Break the stream on purpose, and prove what remains."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from airflow.sdk import DAG, task
from commands import BY_HAND, DEFAULTS, command

SCENARIOS = (
    *("kill-jvm", "kill-driver", "freeze-driver"),
    *("second-driver", "cut-mysql", "delete-checkpoint"),
)
DOC = """
### Game day

Does one harm after the other to the running stream: kills its JVM, kills and freezes its driver,
starts a second one by hand, cuts its connections to MySQL, deletes its checkpoints. After each it
waits until the stream is well again and audits the books. **report** says how long each took.

Only on a stack that is marked for it (`CLICKLEDGER_GAME_DAY=allowed` in its `settings.env`);
elsewhere every task says so and nothing is harmed. Red means: the books did not balance, or the
stream did not get well within three minutes. Look into it before the next night does it to you.
"""

with DAG(
    dag_id="game_day",
    description="Harm the stream on purpose, on a stack marked for it; proof and audit after each.",
    doc_md=DOC,
    dagrun_timeout=timedelta(hours=1),
    **BY_HAND | {"default_args": DEFAULTS | {"retries": 0}},
):
    played = [
        command(
            name.replace("-", "_"),
            f"game-day {name} --json",
            timeout=timedelta(minutes=10),
            trigger_rule="all_done",
        )
        for name in SCENARIOS
    ]
    for earlier, later in pairwise(played):
        earlier >> later

    @task(trigger_rule="all_done", execution_timeout=timedelta(minutes=1))
    def report(results: list[Any]) -> list[Any]:
        """All of it in one place."""
        found = [one for result in results if result for one in result]
        for one in found:
            print(one)  # noqa: T201 - the task's log is the report
        if len(found) < len(SCENARIOS):
            raise RuntimeError(f"{len(SCENARIOS) - len(found)} scenarios did not end well.")
        return found

    played[-1] >> report([each.output for each in played])
