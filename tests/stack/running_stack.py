"""The shared servers of a test session."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.kafka.topics import ensure_topic
from clickledger.sending.sender import Sender
from clickledger.settings import CHECKOUT, Settings, load_settings
from clickledger.settings_environment import settings_environment
from infra.stack import Stack
from lifecycle.environments import ensure_environment
from tests.stack.ports import free_port_base

SERVERS = ("kafka", "mariadb")
KEPT = ("jars", "real_mysql")  # programs; all data is made anew for every session


class RunningStack:
    """Kafka and MariaDB under the embedded stack's own supervisor; tests may kill either."""

    def __init__(self, home: Path, **settings: object) -> None:
        self._home = home
        self._wanted = settings
        self.stack = self._new()
        self.driver_python = Path(sys.executable)
        self._class_archive: subprocess.Popen[bytes] | None = None

    def _new(self, **changes: object) -> Stack:
        return Stack(load_settings(**{**self._wanted, **changes, "home": self._home}))

    @property
    def settings(self) -> Settings:
        """With the passwords that the first start made."""
        return self.stack.settings

    @property
    def home(self) -> Path:
        """Where the servers live."""
        return self.settings.home

    def up(self) -> None:
        """Servers only, empty, on free ports; each test starts its own drivers."""
        self.stack.down()  # what an interrupted session left
        for left in set(self.home.glob("*")) - {self.home / name for name in KEPT}:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        port_base = free_port_base(19590, 19990)
        self.stack = self._new(port_base=port_base)  # a new home has new passwords
        self.stack.up(SERVERS)
        self._class_archive = self._begin_class_archive()

    def _begin_class_archive(self) -> subprocess.Popen[bytes]:
        # In its own process: a JVM that this one may have started for other tests has no Kafka.
        # By the environment of releases: a test's own drivers run with it as well, for one archive.
        training = self.settings.model_copy(update={"topic": "class-archive-training"})
        ensure_topic(training)
        with Sender(training) as sender:
            sender.send(b"device|mobile|1735689600000|1", 0)  # without one no batch is trained
        self.driver_python = ensure_environment(self.home, CHECKOUT)
        return subprocess.Popen(
            [self.driver_python, "-m", "streaming.class_archive"],
            cwd=CHECKOUT,
            env={**os.environ, **settings_environment(training)},
            stdin=subprocess.DEVNULL,
        )

    def await_class_archive(self) -> None:
        """It halves every driver's start, and is made while tests run that start none."""
        assert self._class_archive is not None, "the stack is not up"
        assert self._class_archive.wait(300) == 0

    def down(self) -> None:
        """End the servers."""
        if self._class_archive is not None:
            self._class_archive.wait(300)  # in a session without drivers; else it has ended
        self.stack.down()

    def stop(self, *programs: str) -> None:
        """End these programs, side by side, and wait."""
        supervisor = self.stack.supervisor
        for name in programs:
            supervisor.ask_to_stop(name)
        for name in programs:
            supervisor.stop(name)

    def root(self) -> AbstractContextManager[Connection[Cursor]]:
        """An administrator's connection to MariaDB."""
        return self.stack.mariadb.root()

    def administrator(self) -> tuple[str, str]:
        """(user, password) of an administrator over TCP, made for this session: root has none."""
        user, password = "tests_admin", secrets.token_urlsafe(12)
        with self.root() as connection, connection.cursor() as cursor:
            for host in ("localhost", "127.0.0.1"):
                cursor.execute(
                    "CREATE OR REPLACE USER %s@%s IDENTIFIED BY %s", (user, host, password)
                )
                cursor.execute("GRANT ALL ON *.* TO %s@%s WITH GRANT OPTION", (user, host))
        return user, password

    def partition_folder(self, topic: str, partition: int) -> Path:
        """Where the broker keeps the log of one partition."""
        found = list(self.home.rglob(f"{topic}-{partition}/*.log"))
        assert len(found) == 1, found
        return found[0].parent
