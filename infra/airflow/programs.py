"""Airflow's four programs, each under the supervisor like every other server."""

import json
import sys
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from clickledger.settings_environment import settings_environment
from infra.airflow.home import AirflowHome
from infra.errors import StackError
from infra.java import java_home
from infra.part import OneProgram
from infra.program import Program
from infra.steps import Step

COMMAND = Path(sys.prefix) / "bin" / "airflow"
NO_LOG_SERVER = "--skip-serve-logs"  # see plugins/local_logs.py
# Program -> (words of its airflow command, its name in the API's answer about health).
PROGRAMS = {
    "airflow-api": (("api-server",), "metadatabase"),
    "airflow-dags": (("dag-processor",), "dag_processor"),
    "airflow-scheduler": (("scheduler", NO_LOG_SERVER), "scheduler"),
    "airflow-triggerer": (("triggerer", NO_LOG_SERVER), "triggerer"),
}
HEALTH_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class AirflowProgram(OneProgram):
    """One of the four."""

    airflow: AirflowHome
    name: str

    up_within_s = 180.0

    @property
    def where(self) -> str:
        """The web page, of the one that serves it."""
        return self.airflow.url if self.name == "airflow-api" else "-"

    @property
    def look(self) -> str:
        """How to log in, or where its words are."""
        if self.name == "airflow-api":
            return "user operator, password: .venv/bin/clickledger env --show-secrets"
        return f"make logs NAME={self.name}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Only the API server listens."""
        return (self.airflow.port,) if self.name == "airflow-api" else ()

    def prepare(self, step: Step) -> None:
        """The configuration; the first of the four writes it for all."""
        if self.name == "airflow-api":
            self.airflow.write()

    def program(self) -> Program:
        """``airflow <command>``."""
        return Program(
            self.name,
            (str(COMMAND), *PROGRAMS[self.name][0]),
            self.airflow.path,
            airflow_environment(self.airflow),
            reads=self.airflow.configuration(),
        )

    def ask(self, pid: int) -> str:
        """The API's word on this part."""
        part = PROGRAMS[self.name][1]
        status = health(self.airflow).get(part, {}).get("status")
        if status != "healthy":
            raise StackError(f"Airflow says that its {part} is {status or 'not there'}.")
        return "healthy"


def health(airflow: AirflowHome) -> dict[str, Any]:
    """What the API server says of all parts; it answers 200 even when one is unhealthy.

    Raises:
        StackError: it does not answer.
    """
    from urllib.request import urlopen  # httpx takes five times as long to import

    url = f"{airflow.url}/api/v2/monitor/health"
    try:
        with urlopen(url, timeout=HEALTH_TIMEOUT_S) as answer:  # noqa: S310 - ours, plain HTTP
            found: dict[str, Any] = json.load(answer)
    except (OSError, HTTPException, ValueError) as error:
        raise StackError(f"Airflow's API does not answer ({type(error).__name__}).") from None
    return found


def airflow_environment(airflow: AirflowHome) -> dict[str, str]:
    """For Airflow itself, and for the ``clickledger`` commands that its tasks run."""
    return {
        **settings_environment(airflow.settings),
        "AIRFLOW_HOME": str(airflow.path),
        "JAVA_HOME": str(java_home()),
        "PATH": _path(),
        "SPT_NOENV": "1",  # Airflow names its processes; our marks in their environment stay
    }


def _path() -> str:
    # Where `clickledger` is, then what any machine has.
    return f"{Path(sys.prefix) / 'bin'}:/usr/local/bin:/usr/bin:/bin"
