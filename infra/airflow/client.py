"""Airflow's REST API, as an operator would use its page: press a button, wait, read the result."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from clickledger.errors import ExitCode
from clickledger.waiting import wait_for
from infra.airflow.home import AirflowHome
from infra.errors import StackError
from infra.steps import Step
from lifecycle.operations import Outcome

TIMEOUT_S = 60.0  # Airflow on a busy machine; what it does not answer at all ends sooner
RUN_WITHIN_S = 300.0
DAG_WITHIN_S = 90.0
POLL_S = 0.5
FINAL = {"success", "failed"}
ASKING = "awaiting_input"


class AirflowClient:
    """Logged in as one user."""

    def __init__(self, airflow: AirflowHome, user: str = "operator") -> None:
        import httpx

        self._client = httpx.Client(base_url=airflow.url, timeout=TIMEOUT_S)
        password = getattr(airflow.settings, f"airflow_{user}_password").get_secret_value()
        login = {"username": user, "password": password}
        token = self.ask("POST", "/auth/token", json=login)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def trigger(self, dag: str, conf: dict[str, Any]) -> str:
        """Start a run; its id."""
        body = {"logical_date": None, "conf": conf}
        return str(self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", json=body)["dag_run_id"])

    def has_dag(self, dag: str) -> bool:
        """Whether the DAG file has been read."""
        found = self.ask("GET", "/api/v2/dags", params={"dag_id_pattern": dag})["dags"]
        return any(each["dag_id"] == dag for each in found)

    def run_state(self, dag: str, run: str) -> str:
        """queued, running, success or failed."""
        return str(self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["state"])

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        """State by task."""
        found = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")
        return {each["task_id"]: str(each["state"]) for each in found["task_instances"]}

    def run_that_asks(self, dag: str) -> str | None:
        """A run of the DAG that waits for a person's answer; the DAG's later runs wait for it."""
        found = self.ask(
            "GET", f"/api/v2/dags/{dag}/dagRuns/~/taskInstances", params={"state": ASKING}
        )["task_instances"]
        return str(found[0]["dag_run_id"]) if found else None

    def result(self, dag: str, run: str, task: str) -> Any:
        """What a task returned."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value"
        value = self.ask("GET", path, params={"deserialize": True})["value"]
        return json.loads(value) if isinstance(value, str) else value

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Any request; the answer's document."""
        import httpx

        try:
            answer = self._client.request(method, path, **options)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise StackError(
                f"Airflow answered {error.response.status_code} to {method} {path}:"
                f" {error.response.text[:300]}"
            ) from None
        except httpx.HTTPError as error:
            raise StackError(f"Airflow does not answer ({type(error).__name__}).") from None
        return answer.json()


def deploy_by_airflow(airflow: AirflowHome, step: Step, reason: str) -> Outcome:
    """Press the button of ``stream_deploy`` for this checkout, and wait.

    Raises:
        StackError: the run takes too long, or it, or one before it, waits for a person.
    """
    client = AirflowClient(airflow)
    dag = "stream_deploy"
    step.progress("waiting for Airflow to read the DAGs")
    await_dag(client, dag)

    def require_no_question() -> None:
        if (asking := client.run_that_asks(dag)) is not None:
            page = f"{airflow.url}/dags/{dag}/runs/{quote(asking)}"
            raise StackError(
                f"{dag} waits for a person's word (run {asking}).",
                next_step=f"read the plan and answer at {page}, or reject there and say"
                ' `clickledger stream deploy current --approve --reason "…"`; then `make up`',
            )

    def over() -> bool:
        require_no_question()
        return client.run_state(dag, run) in FINAL

    require_no_question()
    run = client.trigger(dag, {"release": "current", "reason": reason})
    step.progress(f"{dag} runs in Airflow: {airflow.url}/dags/{dag}")
    _await(over, RUN_WITHIN_S, f"the run {run}")
    if client.run_state(dag, run) == "success" and client.tasks(dag, run)["deploy"] == "success":
        return Outcome("done", (f"by {dag}, run {run}",))
    states = ", ".join(f"{name}: {state}" for name, state in client.tasks(dag, run).items())
    return Outcome(
        "failed",
        (f"{dag} did not bring it up ({states}); its tasks' logs: {airflow.url}/dags/{dag}.",),
        exit_code=ExitCode.OPERATION_FAILED,
    )


def await_dag(client: AirflowClient, dag: str) -> None:
    """Until Airflow has read the DAG.

    Raises:
        StackError: it does not.
    """
    _await(lambda: client.has_dag(dag), DAG_WITHIN_S, f"the DAG {dag}")


def _await(condition: Any, timeout_s: float, what: str) -> None:
    if not wait_for(condition, within_s=timeout_s, every_s=POLL_S):
        raise StackError(f"Airflow did not come to an end with {what} in {timeout_s:g} s.")
