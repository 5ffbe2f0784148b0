"""The demonstration traffic: the checkout's own command, supervised."""

import sys
from dataclasses import dataclass
from pathlib import Path

from clickledger.settings import Settings
from clickledger.settings_environment import settings_environment
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
