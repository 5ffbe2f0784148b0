"""Airflow's home: its configuration with its secrets, readable by the owner alone.

Everything is in ``airflow.cfg``, so that no secret is in an environment or on a command line, and a
person's ``airflow`` command (``make airflow``) needs nothing but ``AIRFLOW_HOME``.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from configparser import RawConfigParser
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from clickledger.settings import AIRFLOW_PORT_OFFSET, CHECKOUT, Settings
from infra.atomic_files import write_file
from infra.home import Home
from infra.secrets_file import AIRFLOW_PASSWORDS, AIRFLOW_SECRETS
from infra.servers.postgres import PostgresServer

DAGS = CHECKOUT / "dags"
PLUGINS = CHECKOUT / "infra" / "airflow" / "plugins"  # on the path of Airflow's programs
USERS = {"admin": "admin", "operator": "op", "viewer": "viewer"}  # name -> role of Airflow's own


@dataclass(frozen=True)
class AirflowHome:
    """The folder ``<home>/airflow`` of one deployment."""

    settings: Settings
    home: Home
    secrets: Mapping[str, str]

    @property
    def path(self) -> Path:
        """``AIRFLOW_HOME``."""
        return self.home.path / "airflow"

    @property
    def port(self) -> int:
        """Of the API server, which is also the web page."""
        return self.settings.port_base + AIRFLOW_PORT_OFFSET

    @property
    def url(self) -> str:
        """Where people look."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Of its metadata: the embedded PostgreSQL, or a SQLite file where that cannot run."""
        file = f"sqlite:///{self.path / 'airflow.db'}"
        return file if self.postgres.why_not_here() else self.postgres.url

    @property
    def postgres(self) -> PostgresServer:
        """The server of its metadata."""
        return PostgresServer(self.home)

    def write(self) -> None:
        """Configuration and users, as the settings are now."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        write_file(self.path / "airflow.cfg", self.configuration())
        passwords = {user: self.secrets[name] for user, name in AIRFLOW_PASSWORDS.items()}
        write_file(self.path / "passwords.json", json.dumps(passwords))

    def configuration(self) -> str:
        """The text of ``airflow.cfg``: what differs from Airflow's defaults."""
        parser = RawConfigParser()
        parser.read_dict(self._options())
        text = StringIO()
        parser.write(text)
        return "# Written at each start by infra/airflow/home.py.\n" + text.getvalue()

    def _options(self) -> dict[str, dict[str, str]]:
        secret = {part: self.secrets.get(name, "") for part, name in AIRFLOW_SECRETS.items()}
        return {
            "core": {
                "dags_folder": str(DAGS),
                "plugins_folder": str(PLUGINS),
                "load_examples": "False",
                "executor": "LocalExecutor",
                "parallelism": "4",
                "max_active_tasks_per_dag": "4",
                "dags_are_paused_at_creation": "False",
                "fernet_key": urlsafe_b64encode(secret["fernet"].encode()[:32].ljust(32)).decode(),
                "simple_auth_manager_users": ",".join(f"{u}:{role}" for u, role in USERS.items()),
                "simple_auth_manager_passwords_file": str(self.path / "passwords.json"),
                "execution_api_server_url": f"{self.url}/execution/",
            },
            "database": {"sql_alchemy_conn": self.database_url.replace("%", "%%")},
            "api": {
                "host": "127.0.0.1",
                "port": str(self.port),
                "workers": "1",
                "base_url": self.url,
                "secret_key": secret["api"],
            },
            "api_auth": {"jwt_secret": secret["jwt"]},
            "logging": {
                "base_log_folder": str(self.path / "logs"),
                "logging_config_class": "local_logs.LOGGING_CONFIG",
                "logging_level": "WARNING",
                # What a task's command says is why a person opens its log.
                "namespace_levels": "task=INFO airflow.task=INFO",
            },
            "scheduler": {
                # 0.2 took a tenth of a core more day and night, and a press as long (1.2 s, 1.3 s).
                "scheduler_idle_sleep_time": "0.5",
                "catchup_by_default": "False",
                # What died with a scheduler is looked for, and what beats no more given up, so soon
                # instead of after five minutes: a verb that is begun again is safe.
                "orphaned_tasks_check_interval": "30",
                "task_instance_heartbeat_timeout": "90",
            },
            "dag_processor": {"refresh_interval": "60", "min_file_process_interval": "60"},
            "usage_data_collection": {"enabled": "False"},
        }
