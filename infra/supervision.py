"""The home's supervisord: started, asked and ended through its unix socket."""

import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from configparser import RawConfigParser
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from infra.errors import StackError
from infra.home import Home
from infra.ownership import MARKER, is_running, marker
from infra.program import LAUNCHER

CONFIGURATION = Path(__file__).with_name("supervisord.conf")
SUPERVISOR = "supervisord"
ALIVE = {"STARTING", "RUNNING", "STOPPING"}
ALREADY_STARTED, NOT_RUNNING = 60, 70  # faults of startProcess and stopProcess
KILLED_WITHIN_S = 15


@dataclass(frozen=True)
class ProgramState:
    """What supervisord knows of a program. ``pid`` is 0 when no process runs."""

    name: str
    state: str
    pid: int
    uptime_s: int
    exit_code: int

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        return self.state in ALIVE and self.pid > 0


class Supervisor:
    """One supervisord. Every call is a new connection: a refused one leaves its object broken."""

    def __init__(self, home: Home, password: str) -> None:
        self._home = home
        self._password = password

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._home.sockets / "supervisor.sock"

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport("clickledger", self._password, f"unix://{self.socket}")
        try:
            with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        except (OSError, HTTPException, xmlrpc.client.ProtocolError) as error:
            raise StackError(
                f"supervisord does not answer at {self.socket} ({type(error).__name__}).",
                next_step="run `make up`",
            ) from None

    def pid(self) -> int | None:
        """Its process id when it answers; a stale socket or pid file makes no difference."""
        try:
            return int(self._call("getPID"))
        except StackError:
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
        deadline = time.monotonic() + 15
        while self.pid() is None:
            if done.returncode != 0 or time.monotonic() > deadline:
                raise StackError(
                    f"supervisord did not start:\n{done.stderr.strip()}",
                    next_step=f"look into {self._home.logs / 'supervisord.log'}",
                )
            time.sleep(0.02)

    def _environment(self) -> dict[str, str]:
        # Settings reach the programs through their own specification: what this shell happened to
        # have set must not cling to them until the next restart. Secrets are in no specification.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CLICKLEDGER_") or name.endswith("_PASSWORD")
        }
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(self._home.run)]
        return inherited | {
            "STACK_LAUNCH": shlex.join(launcher),
            "STACK_RUN": str(self._home.run),
            "STACK_LOGS": str(self._home.logs),
            "STACK_SOCKET": str(self.socket),
            "STACK_PASSWORD": self._password,
            MARKER: marker(SUPERVISOR, self._home.path),
        }

    def take_up_changes(self) -> None:
        """Make it know what ``supervisord.conf`` says now, after an update of the checkout."""
        ((added, changed, _),) = self._call("reloadConfig")
        for name in changed:
            self.stop(name)
            self._call("removeProcessGroup", name)
        for name in (*added, *changed):
            self._call("addProcessGroup", name)

    def state(self, name: str) -> ProgramState:
        """What it knows of one program."""
        info = self._call("getProcessInfo", name)
        uptime = info["now"] - info["start"] if info["pid"] else 0
        return ProgramState(name, info["statename"], info["pid"], uptime, info["exitstatus"])

    def launch(self, name: str) -> None:
        """Start a program; its earlier crashes are forgiven."""
        (self._home.run / f"{name}.starts").unlink(missing_ok=True)
        self._called_unless(ALREADY_STARTED, "startProcess", name)

    def ask_to_stop(self, name: str) -> bool:
        """Send the stop signal and never restart; whether there was something to stop."""
        return self._called_unless(NOT_RUNNING, "stopProcess", name)

    def _called_unless(self, fault_code: int, method: str, name: str) -> bool:
        try:
            self._call(method, name, False)  # False: return at once
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != fault_code:
                raise
            return False
        return True

    def stop(self, name: str) -> ProgramState:
        """Stop a program and wait; supervisord itself kills it when it takes too long."""
        self.ask_to_stop(name)
        deadline = time.monotonic() + stop_wait_s(name) + KILLED_WITHIN_S
        while (state := self.state(name)).alive:
            if time.monotonic() > deadline:
                raise StackError(f"{name} (process {state.pid}) does not end.")
            time.sleep(0.05)
        return state

    def shut_down(self) -> None:
        """End it, with everything that still runs under it."""
        pid = self.pid()
        if pid is None:
            return
        self._call("shutdown")
        deadline = time.monotonic() + 120
        while is_running(pid):
            if time.monotonic() > deadline:
                raise StackError(f"supervisord (process {pid}) does not end.")
            time.sleep(0.05)

    def remove_traces(self) -> None:
        """Delete what a killed supervisord leaves behind. It must not be running."""
        for left in self._home.sockets.glob("supervisor.sock*"):
            left.unlink(missing_ok=True)
        (self._home.run / "supervisord.pid").unlink(missing_ok=True)


def stop_wait_s(name: str) -> float:
    """How long a program may take to end in order, as ``supervisord.conf`` says."""
    parser = RawConfigParser()
    parser.read(CONFIGURATION)
    return parser.getfloat(f"program:{name}", "stopwaitsecs")
