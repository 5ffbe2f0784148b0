"""The demonstration traffic: the checkout's own command, supervised."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pymysql

from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from clickledger.settings_environment import settings_environment
from infra.errors import StackError
from infra.home import Home
from infra.part import OneProgram
from infra.program import Program
from infra.steps import Step

COMMAND = Path(sys.prefix) / "bin" / "clickledger"
TRAFFIC = ("generate", "--follow", "--to-kafka")


@dataclass(frozen=True)
class Traffic(OneProgram):
    """A gentle demonstration: made-up clicks, so that numbers move."""

    settings: Settings
    home: Home

    name = "traffic"
    look = "TRAFFIC=off make up  (to stop it)"
    ports = ()
    up_within_s = 60.0

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
        """Whether anything was counted since it began: it has no port and no table of its own."""
        try:
            with connected(self.settings, Role.READER) as connection:
                state = fetch_one(connection, statement("lifecycle/state")) or {}
        except pymysql.MySQLError as error:
            raise StackError(f"What was counted cannot be read: {error}.") from None
        counted_ago_s = state.get("last_commit_age_s")
        if counted_ago_s is None or counted_ago_s > _age_s(pid):
            raise StackError("It sends, but nothing of it is counted yet.")
        return "sending, and counted"


def _age_s(pid: int) -> float:
    try:
        return time.time() - psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        raise StackError("It has ended.") from None
