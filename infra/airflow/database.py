"""Airflow's metadata: brought to the version that is installed, when it is not there already."""

import json
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from infra.airflow.home import AirflowHome
from infra.airflow.programs import COMMAND, airflow_environment
from infra.atomic_files import write_file
from infra.errors import StackError


@dataclass(frozen=True)
class AirflowDatabase:
    """The tables of one home's Airflow."""

    airflow: AirflowHome

    def ensure(self) -> str:
        """Make or migrate them; what was done. Airflow's own command takes seconds to find that
        nothing is to be done: a note of its last word does instead.

        Raises:
            StackError: Airflow could not.
        """
        self.airflow.write()
        found = {"airflow": version("apache-airflow"), "revision": self._revision()}
        if found["revision"] and found == self._noted():
            return f"up to date{self._instead}"
        self._migrate()
        write_file(self._note, json.dumps(found | {"revision": self._revision()}))
        return ("migrated" if found["revision"] else "made") + self._instead

    def _migrate(self) -> None:
        done = subprocess.run(
            (COMMAND, "db", "migrate"),
            cwd=self.airflow.path,
            env=airflow_environment(self.airflow),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"Airflow could not make its database:\n{done.stderr.strip()[-2000:]}")

    def _revision(self) -> str:
        """What the database says of itself; empty when it has no tables."""
        import sqlalchemy

        engine = sqlalchemy.create_engine(self.airflow.database_url, poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            if not sqlalchemy.inspect(connection).has_table("alembic_version"):
                return ""
            found = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version"))
            return str(found.scalar_one_or_none() or "")

    def _noted(self) -> dict[str, str]:
        try:
            note: dict[str, str] = json.loads(self._note.read_text())
        except (OSError, ValueError):
            return {}
        return note

    @property
    def _instead(self) -> str:
        if not self.airflow.database_url.startswith("sqlite"):
            return ""
        return f"; SQLite, because PostgreSQL cannot run: {self.airflow.postgres.why_not_here()}"

    @property
    def _note(self) -> Path:
        return self.airflow.path / "database.json"
