"""Servers of the benchmarks' own, and a fresh database on them for each run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from clickledger.kafka.topics import admin_client
from clickledger.mysql.grants import apply_grants, grant_tables
from clickledger.mysql.migrations import migrate
from clickledger.settings import (
    CHECKOUT,
    GENERATIONS_FOLDER,
    SECRETS_FILE,
    Settings,
    load_settings,
)
from clickledger.settings_environment import settings_environment
from infra.airflow.client import AirflowClient, await_dag
from infra.home import Home
from infra.home_lock import home_lock
from infra.stack import AIRFLOW, SERVERS, Stack
from infra.steps import step
from infra.stream_slots import PROGRAMS, StreamDriver
from lifecycle.environments import ensure_environment
from lifecycle.verbs import Verbs, verbs_of

HOME = CHECKOUT / ".local-bench"
PORT_BASE = 19790
LOCK = "benchmark.lock"


class BenchStack:
    """Kafka and MariaDB of the embedded stack, without its stream."""

    def __init__(self) -> None:
        self._stack = Stack(load_settings(home=HOME, port_base=PORT_BASE, traffic="off"))

    @property
    def settings(self) -> Settings:
        """With the passwords that the first start made."""
        return self._stack.settings

    def down(self) -> None:
        """End the servers.

        Raises:
            UsageError: a benchmark runs on them.
        """
        if HOME.exists():
            with home_lock(HOME, LOCK, "benchmark"):
                self._stack.down()

    @contextmanager
    def up(self, *, keep: bool) -> Iterator["BenchStack"]:
        """The servers for the time of a benchmark; ``keep`` leaves them up for the next one.

        Raises:
            UsageError: another benchmark runs: both would measure each other.
        """
        self._stack.home.make_folders()
        with home_lock(HOME, LOCK, "benchmark"):
            try:
                self._stack.up(SERVERS)
                yield self
            finally:
                if not keep:
                    self._stack.down()

    def server_pids(self) -> dict[str, int]:
        """Process ids of the servers by name."""
        return {name: self._stack.pid(name) for name in SERVERS}

    def fresh_deployment(self, name: str, topic: str, **changes: object) -> Settings:
        """Settings of a deployment with a new, empty database; its topic is as it is.

        All deployments share one home, because a class archive belongs to a path of jars.
        """
        settings = self.settings.model_copy(
            update={"mysql_database": f"bench_{name}", "topic": topic, **changes}
        )
        with self._stack.mariadb.root() as root:
            with root.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {settings.mysql_database}")
            apply_grants(root, settings)
            migrate(settings)
            grant_tables(root, settings)
        shutil.rmtree(settings.home / GENERATIONS_FOLDER, ignore_errors=True)
        return settings

    @contextmanager
    def stream_slots(self, settings: Settings) -> Iterator[Verbs]:
        """The supervisor's two slots for a deployment, empty; no driver outlives the block."""
        StreamDriver(settings, Home(settings.home)).write_slots()
        verbs = verbs_of(settings)
        try:
            yield verbs
        finally:
            for program in PROGRAMS:
                verbs.runner.supervisor.send_signal(program, "CONT")  # a frozen one would not end
                self._stack.supervisor.stop(program)

    @contextmanager
    def airflow(self, settings: Settings) -> Iterator[AirflowClient]:
        """Airflow's four programs, there to operate a deployment; logged in as the operator."""
        operated = Stack(settings)
        try:
            operated.up(AIRFLOW)
            client = AirflowClient(operated.airflow)
            await_dag(client, "stream_restart")
            yield client
        finally:
            for name in AIRFLOW:
                operated.stop(name)

    def make_archive(self, topic: str) -> None:
        """Have the driver's class archive; ``topic`` holds some events to train on."""
        released = ensure_environment(self.settings.home, CHECKOUT)
        with step("Class archives of the driver, by hand and released"):
            for python in (sys.executable, released):
                subprocess.run(
                    [python, "-m", "streaming.class_archive"],
                    cwd=CHECKOUT,
                    env=process_environment(self.settings.model_copy(update={"topic": topic})),
                    check=True,
                    capture_output=True,
                )

    def without_archive(self, settings: Settings) -> Settings:
        """The same deployment in a home that has jars and passwords, but no class archive."""
        home = settings.home / "without-archive"
        shutil.rmtree(home, ignore_errors=True)
        # Each jar by itself: a linked folder would be the same class path, and find the archive.
        for path in (settings.home / SECRETS_FILE, *(settings.home / "jars/spark").iterdir()):
            link = home / path.relative_to(settings.home)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
        return settings.model_copy(update={"home": home})

    def drop_topic(self, topic: str) -> None:
        """Delete a topic, if it is there."""
        with admin_client(self.settings) as admin:
            if topic in admin.list_topics():
                admin.delete_topics([topic])


def process_environment(settings: Settings) -> dict[str, str]:
    """The environment in which ``load_settings`` of another process gives these settings."""
    return {**os.environ, **settings_environment(settings), "PYTHONUNBUFFERED": "1"}
