"""The driver's class data sharing archive, made by a program of its own that ends by itself."""

from clickledger.settings import CHECKOUT, Settings
from clickledger.settings_environment import settings_environment
from infra.home import Home
from infra.java import java_home
from infra.program import Program
from infra.steps import Step
from infra.supervision import Supervisor
from lifecycle.environments import environment_python

NAME = "class-archive"
NICE = ("/usr/bin/env", "nice")  # the stream, which works already, comes first


def make_class_archive(settings: Settings, home: Home, supervisor: Supervisor, step: Step) -> None:
    """Have it made, once per Java and environment, in the background: it halves every later start.

    Nothing depends on it, so nobody waits for it, and a failure is only in its log.
    """
    class_archive_program(settings).write(home)
    supervisor.launch(NAME)
    step.outcome = f"made in the background if missing (make logs NAME={NAME})"


def class_archive_program(settings: Settings) -> Program:
    """What makes it, with the jars that drivers of this checkout's release have."""
    python = str(environment_python(settings.home, CHECKOUT))
    argv = (*NICE, python, "-m", "streaming.class_archive")
    environment = {**settings_environment(settings), "JAVA_HOME": str(java_home())}
    return Program(NAME, argv, CHECKOUT, environment, slow_down=False)
