"""A real supervisord whose programs are a few lines of Python."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clickledger.errors import KafkaUnreachableError
from infra.home import Home
from infra.part import OneProgram
from infra.program import Program
from infra.steps import Step
from infra.supervision import Supervisor

TOYS = ("stream-a", "mariadb", "kafka")
RUNS = "import time; time.sleep(60)"
# Runs until it is asked to end, then takes its time and says so.
DRAINS = (
    "import pathlib, signal, sys, time\n"
    "def drain(*_): time.sleep(0.2); pathlib.Path('drained').touch(); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, drain)\n"
    "pathlib.Path('up').touch(); time.sleep(60)"
)


@contextmanager
def toy_supervisor(folder: Path) -> Iterator[Supervisor]:
    """Started in a new home; nothing of it is left."""
    home = Home(folder / "a home")  # with a blank in it, on purpose
    home.make_folders()
    supervisor = Supervisor(home, "toy password")
    supervisor.start()
    try:
        yield supervisor
    finally:
        if supervisor.pid() is not None:
            # By itself supervisord takes a second for each program, those that never ran too.
            for name in TOYS:
                supervisor.stop(name)
        supervisor.shut_down()
        if home.sockets != home.run:
            home.sockets.rmdir()


def toy_home(folder: Path) -> Home:
    """The home of ``toy_supervisor``."""
    return Home(folder / "a home")


def toy_program(name: str, home: Home, text: str) -> Program:
    """Python running ``text``, as program ``name`` of ``supervisord.conf``."""
    return Program(name, (sys.executable, "-c", text), home.path)


@dataclass
class ToyPart(OneProgram):
    """A part that is at work as soon as a file ``answer`` is there."""

    home: Home
    text: str = RUNS
    ports: tuple[int, ...] = ()
    up_within_s: float = 10.0
    name: str = "kafka"
    where: str = "here"
    look: str = "nowhere"

    def prepare(self, step: Step) -> None:
        (self.home.path / "answer").touch()

    def program(self) -> Program:
        return toy_program(self.name, self.home, self.text)

    def ask(self, pid: int) -> str:
        os.kill(pid, 0)
        if not (self.home.path / "answer").exists():
            raise KafkaUnreachableError("The toy does not answer.")
        return "answers"
