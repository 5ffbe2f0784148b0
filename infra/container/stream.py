"""The stream's container: a supervisord with the two slots, told what to do over HTTP."""

import os
import sys
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from clickledger.errors import ConfigurationError
from clickledger.settings import Settings
from infra.bring_up_stream import bring_up_stream
from infra.class_archive import NAME as CLASS_ARCHIVE
from infra.class_archive import class_archive_program
from infra.errors import StackError
from infra.home import Home
from infra.steps import Step, step
from infra.stream_slots import PROGRAMS, StreamDriver
from infra.supervision import configuration_variables
from lifecycle.supervisor import supervisor_of

CONFIGURATION = Path(__file__).parents[1] / "images" / "supervisord.conf"


@dataclass(frozen=True)
class ContainerStream(StreamDriver):
    """The driver in another container."""

    reason = "docker compose up"
    logs = "`docker compose logs stream` shows what the driver said"

    def prepare(self, step: Step) -> None:
        """Nothing: its own container does it."""

    def is_current(self, pid: int) -> bool:
        """Always: where settings changed, compose has replaced the container."""
        return True


def become_supervisor(settings: Settings) -> None:
    """Tell the launchers what they run with, and exec supervisord. Never returns."""
    password = settings.supervisor_password.get_secret_value()
    port = urlsplit(settings.supervisor_url).port
    if not password or port is None:
        raise ConfigurationError(
            "The supervisor needs a port to listen on, and a password for it.",
            next_step="set CLICKLEDGER_SUPERVISOR_URL and CLICKLEDGER_SUPERVISOR_PASSWORD",
        )
    home = Home(settings.home)
    for folder in (home.run, home.logs):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    StreamDriver(settings, home).write_slots()
    class_archive_program(settings).write(home)
    variables = {**configuration_variables(home, password), "STACK_PORT": str(port)}
    command = [sys.executable, "-I", "-m", "supervisor.supervisord", "-c", str(CONFIGURATION)]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, **variables})  # noqa: S606


def ask(settings: Settings) -> str:
    """What the supervisor says of itself and the slots; not how the stream is.

    A halted stream must not keep the release that mends it from being deployed: the verdict on the
    stream is ``clickledger stream status``.

    Raises:
        StackError: it does not run, or does not know the slots.
    """
    supervisor = supervisor_of(settings)
    state = supervisor.call("getState")["statename"]
    if state != "RUNNING":
        raise StackError(f"supervisord is {state}.")
    try:
        slots = [supervisor.state(name) for name in PROGRAMS]
    except xmlrpc.client.Fault as fault:
        raise StackError(f"supervisord does not know the slots: {fault.faultString}.") from None
    return ", ".join(f"{slot.name}: {slot.state}" for slot in slots)


def deploy(settings: Settings) -> None:
    """The release of this image as the writer; nothing to do where it writes already.

    Raises:
        StackError: it needs a person's word, or did not prove itself.
    """
    with step("stream") as running:
        driver = ContainerStream(settings, Home(settings.home))
        bring_up_stream(driver, running, None)
    supervisor_of(settings).ask_to_start(CLASS_ARCHIVE)  # faster starts; nobody waits for it
