"""What supervisord is asked and told, over its XML-RPC: a unix socket, or HTTP in containers."""

from __future__ import annotations

import hashlib
import os
import socket
import xmlrpc.client
from base64 import b64encode
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from clickledger.errors import ClickledgerError
from clickledger.settings import Settings

USER = "clickledger"
ALIVE = {"STARTING", "RUNNING", "STOPPING"}
ALREADY_STARTED, NOT_RUNNING = 60, 70  # faults of startProcess and stopProcess
# Unix sockets have room for 107 bytes of path; supervisord first binds "<socket>.<its pid>".
LONGEST_SOCKET_PATH = 107
SOCKET_NAME = "supervisor.sock"
LONGEST_SOCKET_NAME = f"{SOCKET_NAME}.4194304"
ANSWERS_WITHIN_S = 10.0  # it waits for no process; one that is frozen must hold nobody


class SupervisorUnreachableError(ClickledgerError):
    """supervisord does not answer."""


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


class _UnixConnection(HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWERS_WITHIN_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Transport(xmlrpc.client.Transport):
    """To one supervisord. Its own library's waits for an answer without an end."""

    def __init__(self, url: str, password: str) -> None:
        word = b64encode(f"{USER}:{password}".encode()).decode()
        super().__init__(headers=[("Authorization", f"Basic {word}")])
        self._scheme, _, self._address = url.partition("://")

    def make_connection(self, host: Any) -> HTTPConnection:
        if self._scheme == "unix":
            made: HTTPConnection = _UnixConnection(self._address)
        else:
            made = HTTPConnection(self._address.rstrip("/"), timeout=ANSWERS_WITHIN_S)
        self._connection = host, made  # what ``close`` closes
        return made


@dataclass(frozen=True)
class SupervisorClient:
    """One supervisord. Every call is a new connection: a refused one leaves its object broken."""

    url: str  # http://host:port or unix:///path
    password: str

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of its ``supervisor`` namespace.

        Raises:
            SupervisorUnreachableError: it does not answer.
            xmlrpc.client.Fault: it answers that it will not.
        """
        transport = _Transport(self.url, self.password)
        try:
            with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        except (OSError, HTTPException, xmlrpc.client.ProtocolError) as error:
            raise SupervisorUnreachableError(
                f"supervisord does not answer at {self.url} ({type(error).__name__}).",
                next_step="run `make up`",
            ) from None

    def state(self, name: str) -> ProgramState:
        """What it knows of one program."""
        info = self.call("getProcessInfo", name)
        uptime = info["now"] - info["start"] if info["pid"] else 0
        return ProgramState(name, info["statename"], info["pid"], uptime, info["exitstatus"])

    def ask_to_start(self, name: str) -> bool:
        """Start a program without waiting; ``False`` when it runs already."""
        return self._unless(ALREADY_STARTED, "startProcess", name, False)

    def ask_to_stop(self, name: str) -> bool:
        """Send the stop signal and never restart; whether there was something to stop."""
        return self._unless(NOT_RUNNING, "stopProcess", name, False)

    def send_signal(self, name: str, signal_name: str) -> bool:
        """Send a signal to its process; whether there was one."""
        return self._unless(NOT_RUNNING, "signalProcess", name, signal_name)

    def kill(self, name: str) -> None:
        """SIGKILL, and not started again; whoever calls may wait for the end."""
        # Frozen first, so that it cannot act on the stop signal by which supervisord learns that
        # this end is wanted.
        self.send_signal(name, "STOP")
        self.ask_to_stop(name)
        self.send_signal(name, "KILL")

    def _unless(self, fault_code: int, method: str, *arguments: Any) -> bool:
        try:
            self.call(method, *arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != fault_code:
                raise
            return False
        return True


def socket_folder(home: Path) -> Path:
    """``<home>/run``; a private folder with a short name where that path is too long for a socket,
    or has a comma in it, at which PostgreSQL's clients split what they are given.

    Its name depends on nothing but the home and the user, so that every command finds it.
    """
    run = home / "run"
    fits = len(os.fsencode(run / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    if fits and "," not in str(run):
        return run
    key = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    return Path(f"/tmp/clickledger-{os.getuid()}-{key}")  # noqa: S108  the owner is checked


def supervisor_of(settings: Settings) -> SupervisorClient:
    """The supervisor that the settings name: by default that of the embedded stack."""
    embedded = f"unix://{socket_folder(settings.home) / SOCKET_NAME}"
    password = settings.supervisor_password.get_secret_value()
    return SupervisorClient(settings.supervisor_url or embedded, password)
