"""Airflow in containers: one configuration on a volume, written once and read by its programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from clickledger.settings import Settings
from infra.airflow.database import AirflowDatabase
from infra.airflow.home import AirflowHome
from infra.airflow.programs import AirflowProgram
from infra.container.secrets import required
from infra.home import Home
from infra.secrets_file import AIRFLOW_PASSWORDS, AIRFLOW_SECRETS
from infra.steps import step

API_HOST, API_PORT = "airflow-api", 8080
DATABASE = "postgresql+psycopg2://airflow:{password}@postgres:5432/airflow"
DATABASE_PASSWORD = "AIRFLOW_DATABASE_PASSWORD"  # noqa: S105  a name
HOME, PUBLISHED_PORT = "AIRFLOW_HOME", "AIRFLOW_PORT"


@dataclass(frozen=True)
class ContainerAirflow(AirflowHome):
    """``AIRFLOW_HOME`` on its volume. ``published_port``: where a browser on the host finds it."""

    folder: Path
    published_port: str = ""

    @property
    def path(self) -> Path:
        """``AIRFLOW_HOME``."""
        return self.folder

    @property
    def port(self) -> int:
        """Of the API server, inside."""
        return API_PORT

    @property
    def url(self) -> str:
        """As the other containers name it."""
        return f"http://{API_HOST}:{API_PORT}"

    @property
    def database_url(self) -> str:
        """Of its metadata."""
        return DATABASE.format(password=quote(self.secrets[DATABASE_PASSWORD], safe=""))

    def _options(self) -> dict[str, dict[str, str]]:
        options = super()._options()
        options["api"] |= {
            "host": "0.0.0.0",  # noqa: S104  of its container; published on loopback only
            "base_url": f"http://127.0.0.1:{self.published_port}",
        }
        return options


def set_up(settings: Settings, environment: Mapping[str, str]) -> None:
    """Write the configuration and make or upgrade the metadata tables.

    Raises:
        ConfigurationError: a password is missing.
        StackError: Airflow could not make its tables.
    """
    names = [*AIRFLOW_SECRETS.values(), *AIRFLOW_PASSWORDS.values()]
    found = required(environment, [*names, DATABASE_PASSWORD, HOME, PUBLISHED_PORT])
    airflow = ContainerAirflow(
        settings,
        Home(settings.home),
        found,
        folder=Path(found[HOME]),
        published_port=found[PUBLISHED_PORT],
    )
    with step("Airflow's configuration and tables") as running:
        running.outcome = AirflowDatabase(airflow).ensure()


def ask(settings: Settings, environment: Mapping[str, str], program: str) -> str:
    """What the API server says of the part that a program is; see ``AirflowProgram.ask``.

    Raises:
        StackError: the API does not answer, or finds that part unhealthy.
    """
    folder = Path(required(environment, [HOME])[HOME])
    airflow = ContainerAirflow(settings, Home(settings.home), {}, folder=folder)
    return AirflowProgram(airflow, program).ask(pid=0)
