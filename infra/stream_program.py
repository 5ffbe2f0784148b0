"""The streaming driver and the demonstration traffic: the checkout's own commands, supervised."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pymysql
from pydantic import SecretStr

from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import CHECKOUT, Role, Settings
from infra.errors import StackError
from infra.home import Home
from infra.java import java_home
from infra.program import Program
from infra.steps import Step

COMMAND = Path(sys.prefix) / "bin" / "clickledger"
STREAM = ("stream", "run")
TRAFFIC = ("generate", "--follow", "--to-kafka")
HEARTBEAT_IS_OLD_S = 10.0


def settings_environment(settings: Settings) -> dict[str, str]:
    """What a program needs in its environment to read these same settings; no secret.

    Secrets it finds in ``secrets.env`` of the home.
    """
    values = settings.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    plain = {
        f"CLICKLEDGER_{name.upper()}": str(value)
        for name, value in values.items()
        if not isinstance(getattr(settings, name), SecretStr)
    }
    return {**plain, "CLICKLEDGER_HOME": str(settings.home)}


@dataclass(frozen=True)
class StreamDriver:
    """The Spark job from Kafka into MySQL."""

    settings: Settings
    home: Home

    name = "stream"
    where = "Kafka → MySQL"
    look = ".venv/bin/clickledger stats"
    ports = ()
    up_within_s = 180.0  # a shadow recount of a long batch on a busy machine comes first

    def prepare(self, step: Step) -> None:
        """Whoever brings the stack up wants the stream to run, also after a drain."""
        with connected(self.settings, Role.STREAM) as connection, connection.cursor() as cursor:
            desired = fetch_one(connection, statement("stream/desired"))
            if desired and desired["desired_state"] != "running":
                user = os.environ.get("USER", "unknown")
                cursor.execute(statement("stream/desire"), ("running", user, "make up"))
        step.progress("starting Spark")

    def program(self) -> Program:
        """The driver's process."""
        # Turning the traffic off must not restart the stream.
        settings = {
            name: value
            for name, value in settings_environment(self.settings).items()
            if not name.startswith("CLICKLEDGER_TRAFFIC")
        }
        environment = {**settings, "JAVA_HOME": str(java_home())}
        return Program(self.name, (str(COMMAND), *STREAM), self.home.path, environment)

    def ask(self, pid: int) -> str:
        """Its heartbeat row: of this very process, and fresh."""
        try:
            with connected(self.settings, Role.READER) as connection:
                row = fetch_one(connection, statement("stack/stream_health"))
        except pymysql.MySQLError as error:
            raise StackError(f"The stream's heartbeat cannot be read: {error}.") from None
        if row is None or row["pid"] != pid or row["heartbeat_age_s"] is None:
            raise StackError("The stream has not reported yet.")
        if row["state"] != "running" or row["heartbeat_age_s"] > HEARTBEAT_IS_OLD_S:
            raise StackError(f"The stream is {row['state']}, as of {row['heartbeat_age_s']} s ago.")
        lag = row["lag_events"]
        return "running" if lag is None else f"running, {lag} events behind"


def make_class_archive(settings: Settings, step: Step) -> None:
    """Once per Java and jars, while the stream works already: it halves every later start.

    Nothing depends on it, so a failure is only told.
    """
    answer = subprocess.run(
        ["nice", sys.executable, "-m", "streaming.class_archive"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            **settings_environment(settings),
            "JAVA_HOME": str(java_home()),
        },
        capture_output=True,
        check=False,
        text=True,
    )
    step.outcome = "there" if answer.returncode == 0 else "not made, starts will be slower"


@dataclass(frozen=True)
class Traffic:
    """A gentle demonstration: made-up clicks, so that numbers move."""

    settings: Settings
    home: Home

    name = "traffic"
    look = "TRAFFIC=off make up  (to stop it)"
    ports = ()
    up_within_s = 30.0

    @property
    def where(self) -> str:
        """How much of it."""
        return f"{self.settings.traffic_rate:g} clicks/s"

    def prepare(self, step: Step) -> None:
        """Nothing."""

    def program(self) -> Program:
        """The generator's process."""
        environment = settings_environment(self.settings)
        return Program(self.name, (str(COMMAND), *TRAFFIC), self.home.path, environment)

    def ask(self, pid: int) -> str:
        """It has no port and no table of its own: that its process lives must do."""
        return "sending"
