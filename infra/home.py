"""Where things lie in a home folder."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from clickledger.errors import ConfigurationError
from lifecycle.supervisor import socket_folder


@dataclass(frozen=True)
class Home:
    """The folder that holds everything one deployment writes."""

    path: Path

    @property
    def logs(self) -> Path:
        """One file a program, rotated by the supervisor."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """What describes the running programs; holds nothing that must be kept."""
        return self.path / "run"

    @property
    def jars(self) -> Path:
        """Downloaded jars, a folder a configuration of ``jars/ivy.xml``."""
        return self.path / "jars"

    @property
    def kafka(self) -> Path:
        """The broker's configuration and log folders."""
        return self.path / "kafka"

    @property
    def mariadb(self) -> Path:
        """The unpacked server and its data."""
        return self.path / "mariadb"

    @property
    def sockets(self) -> Path:
        """``run``, or a place with a shorter name where a socket's path would be too long."""
        return socket_folder(self.path)

    def make_folders(self) -> None:
        """Create what is missing, for the owner alone."""
        if "%" in str(self.path):
            raise ConfigurationError(
                f"supervisord cannot use a path with a % in it: {self.path}.",
                next_step="set CLICKLEDGER_HOME to another one",
            )
        for folder in (self.path, self.logs, self.run, self.sockets, self.kafka, self.mariadb):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _require_private(self.sockets)


def _require_private(folder: Path) -> None:
    """Somebody else may have made a folder of this name in a place that all may write to."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise ConfigurationError(
            f"{folder} is not a folder that only you can use.",
            next_step="remove it, or `chmod 700` it if it is yours",
        )
