"""What `make up` makes of a run of ``stream_deploy``.

tests/stack/lifecycle/test_airflow.py asks the real Airflow.
"""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from infra.airflow import client
from infra.airflow.client import deploy_by_airflow
from infra.errors import StackError
from infra.steps import Step

pytestmark = pytest.mark.unit


class Airflow:
    """Each look at its tasks finds the next state of ``approve``."""

    def __init__(self, states: list[str]) -> None:
        self.states = states
        self.triggered = 0

    def has_dag(self, dag: str) -> bool:
        """As the client's."""
        return True

    def trigger(self, dag: str, conf: dict[str, Any]) -> str:
        """As the client's."""
        self.triggered += 1
        return "manual__2026+00:00"

    def run_that_asks(self, dag: str) -> str | None:
        """As the client's."""
        return "manual__2026+00:00" if self.states.pop(0) == "awaiting_input" else None

    def run_state(self, dag: str, run: str) -> str:
        """As the client's."""
        return "running" if self.states else "success"

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        """As the client's."""
        return {"deploy": "success"}


def deployed(airflow: Airflow, monkeypatch: pytest.MonkeyPatch) -> str:
    """How it ended."""
    monkeypatch.setattr(client, "AirflowClient", lambda home: airflow)
    monkeypatch.setattr(client, "POLL_S", 0.0)
    home: Any = SimpleNamespace(url="http://here")
    return deploy_by_airflow(home, Step("stream", io.StringIO()), "a test").state


def test_a_run_that_asks_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = Airflow(["", "scheduled", "awaiting_input", ""])
    page = r"http://here/dags/stream_deploy/runs/manual__2026%2B00%3A00.* --approve"
    with pytest.raises(StackError, match=page):
        deployed(airflow, monkeypatch)
    assert airflow.states == [""]


def test_no_run_is_queued_behind_one_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = Airflow(["awaiting_input"])
    with pytest.raises(StackError, match="waits for a person's word"):
        deployed(airflow, monkeypatch)
    assert airflow.triggered == 0


def test_a_run_that_asks_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert deployed(Airflow(["", "scheduled", "success"]), monkeypatch) == "done"
