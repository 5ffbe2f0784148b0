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
from infra.stack import SERVERS, Stack
from infra.steps import step

HOME = CHECKOUT / ".local-bench"
PORT_BASE = 19790


class BenchStack:
    """Kafka and MariaDB of the embedded stack, without its stream."""

    def __init__(self) -> None:
        self._stack = Stack(load_settings(home=HOME, port_base=PORT_BASE, traffic="off"))

    @property
    def settings(self) -> Settings:
        """With the passwords that the first start made."""
        return self._stack.settings

    def down(self) -> None:
        """End the servers."""
        self._stack.down()

    @contextmanager
    def up(self, *, keep: bool) -> Iterator["BenchStack"]:
        """The servers for the time of a benchmark; ``keep`` leaves them up for the next one."""
        try:
            self._stack.up(SERVERS)
            yield self
        finally:
            if not keep:
                self.down()

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

    def make_archive(self, topic: str) -> None:
        """Have the driver's class archive; ``topic`` holds some events to train on."""
        with step("Class archive of the driver"):
            subprocess.run(
                [sys.executable, "-m", "streaming.class_archive"],
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
