"""Airflow's buttons as a person presses them: a run to its end, an answer, a run once more."""

from __future__ import annotations

from contextlib import suppress

from infra.airflow.client import FINAL, AirflowClient
from infra.errors import StackError
from infra.stack import Stack
from tests.awaiting import await_that

RUN_WITHIN_S = 240


def log_in(stack: Stack, dag: str) -> AirflowClient:
    """As the operator, once Airflow has read the DAG; its first answers may take very long."""
    clients: list[AirflowClient] = []

    def tried() -> bool:
        with suppress(StackError):
            clients.append(AirflowClient(stack.airflow))
        return clients != []

    await_that(tried, "Airflow's login")
    await_that(lambda: clients[0].has_dag(dag), f"the DAG {dag}")
    return clients[0]


def run(airflow: AirflowClient, dag: str, **conf: object) -> str:
    """A run of the DAG, at its end, which is a good one."""
    number = airflow.trigger(dag, conf)
    await_end(airflow, dag, number)
    assert airflow.run_state(dag, number) == "success", (dag, airflow.tasks(dag, number))
    return number


def await_end(airflow: AirflowClient, dag: str, number: str) -> None:
    """Until the run has ended, well or not."""
    await_that(
        lambda: airflow.run_state(dag, number) in FINAL,
        f"{dag} {number}",
        timeout_s=RUN_WITHIN_S,
    )


def clear(airflow: AirflowClient, dag: str, number: str) -> None:
    """Every task of a run once more."""
    body = {"dry_run": False, "dag_run_id": number, "only_failed": False}
    airflow.ask("POST", f"/api/v2/dags/{dag}/clearTaskInstances", json=body)


def answer(airflow: AirflowClient, dag: str, number: str, said: str = "Approve") -> None:
    """Say yes, or ``Reject``, to the question that a run asks."""
    where = f"/api/v2/dags/{dag}/dagRuns/{number}/taskInstances/approve/-1/hitlDetails"
    body = {"chosen_options": [said], "params_input": {}}
    with suppress(StackError):  # answered already, and not yet taken up
        airflow.ask("PATCH", where, json=body)


def approve(airflow: AirflowClient, dag: str, number: str, said: str = "Approve") -> None:
    """As a person would, on the run's page; again when it is asked again."""

    def answered() -> bool:
        state = airflow.tasks(dag, number).get("approve")
        if state == "awaiting_input":
            answer(airflow, dag, number, said)
        return state == "success"

    await_that(answered, "the answer is taken up", every_s=1.0)
