"""The home's supervisord: started, asked and ended through its unix socket."""

import os
import shlex
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

from clickledger.waiting import wait_for
from infra.errors import StackError
from infra.home import Home
from infra.ownership import MARKER, is_running, marker
from infra.program import LAUNCHER
from lifecycle.supervisor import (
    SOCKET_NAME,
    ProgramState,
    SupervisorClient,
    SupervisorUnreachableError,
)

CONFIGURATION = Path(__file__).with_name("supervisord.conf")
STREAM_CONFIGURATION = Path(__file__).with_name("supervisord_stream.conf")  # included by it
SUPERVISOR = "supervisord"
ANSWERS_WITHIN_S, KILLED_WITHIN_S, ENDED_WITHIN_S = 15, 15, 120
POLL_S = 0.02


class Supervisor:
    """One supervisord. Every call is a new connection: a refused one leaves its object broken."""

    def __init__(self, home: Home, password: str) -> None:
        self._home = home
        self._password = password

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._home.sockets / SOCKET_NAME

    @property
    def _client(self) -> SupervisorClient:
        return SupervisorClient(f"unix://{self.socket}", self._password)

    def pid(self) -> int | None:
        """Its process id when it answers; a stale socket or pid file makes no difference."""
        try:
            return int(self._client.call("getPID"))
        except SupervisorUnreachableError:
            return None

    def start(self) -> None:
        """Start it as a daemon that outlives us.

        Raises:
            StackError: it ended at once, or does not answer.
        """
        self.remove_traces()
        command = (sys.executable, "-I", "-m", "supervisor.supervisord", "-c", CONFIGURATION)
        done = subprocess.run(
            [*command, "-i", self._home.path],  # a name for whoever looks at `ps`
            cwd=self._home.path,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        within_s = 0 if done.returncode else ANSWERS_WITHIN_S
        if not wait_for(self.pid, within_s=within_s, every_s=POLL_S):
            raise StackError(
                f"supervisord did not start:\n{done.stderr.strip()}",
                next_step=f"look into {self._home.logs / 'supervisord.log'}",
            )

    def _environment(self) -> dict[str, str]:
        # Settings reach the programs through their own specification: what this shell happened to
        # have set must not cling to them until the next restart. Secrets are in no specification.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CLICKLEDGER_") or name.endswith("_PASSWORD")
        }
        return {
            **inherited,
            **configuration_variables(self._home, self._password),
            "STACK_SOCKET": str(self.socket),
            MARKER: marker(SUPERVISOR, self._home.path),
        }

    def take_up_changes(self) -> None:
        """Make it know what ``supervisord.conf`` says now, after an update of the checkout."""
        ((added, changed, _),) = self._client.call("reloadConfig")
        for name in changed:
            self.stop(name)
            self._client.call("removeProcessGroup", name)
        for name in (*added, *changed):
            self._client.call("addProcessGroup", name)

    def state(self, name: str) -> ProgramState:
        """What it knows of one program."""
        return self._client.state(name)

    def launch(self, name: str) -> None:
        """Start a program; its earlier crashes are forgiven."""
        (self._home.run / f"{name}.starts").unlink(missing_ok=True)
        self._client.ask_to_start(name)

    def ask_to_stop(self, name: str) -> bool:
        """Send the stop signal and never restart; whether there was something to stop."""
        return self._client.ask_to_stop(name)

    def kill(self, name: str) -> None:
        """SIGKILL without waiting, and never restart."""
        self._client.kill(name)

    def stop(self, name: str) -> ProgramState:
        """Stop a program and wait; supervisord itself kills it when it takes too long."""
        self.ask_to_stop(name)
        within_s = stop_wait_s(name) + KILLED_WITHIN_S
        ended = wait_for(lambda: not self.state(name).alive, within_s=within_s, every_s=POLL_S)
        state = self.state(name)
        if not ended:
            raise StackError(f"{name} (process {state.pid}) does not end.")
        return state

    def shut_down(self) -> None:
        """End it, with everything that still runs under it."""
        pid = self.pid()
        if pid is None:
            return
        self._client.call("shutdown")
        if not wait_for(lambda: not is_running(pid), within_s=ENDED_WITHIN_S, every_s=POLL_S):
            raise StackError(f"supervisord (process {pid}) does not end.")

    def remove_traces(self) -> None:
        """Delete what a killed supervisord leaves behind. It must not be running."""
        for left in self._home.sockets.glob("supervisor.sock*"):
            left.unlink(missing_ok=True)
        (self._home.run / "supervisord.pid").unlink(missing_ok=True)


def configuration_variables(home: Home, password: str) -> dict[str, str]:
    """What the configuration files name as ``%(ENV_…)s``; they depend on no home themselves."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(home.run)]
    return {
        "STACK_LAUNCH": shlex.join(launcher),
        "STACK_RUN": str(home.run),
        "STACK_LOGS": str(home.logs),
        "STACK_PASSWORD": password,
    }


def stop_wait_s(name: str) -> float:
    """How long a program may take to end in order, as the configuration says."""
    parser = RawConfigParser()
    parser.read((CONFIGURATION, STREAM_CONFIGURATION))
    return parser.getfloat(f"program:{name}", "stopwaitsecs")
