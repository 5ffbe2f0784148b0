"""A program of the stack, as ``infra/launch.py`` is told to start it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from clickledger.settings import CHECKOUT
from infra.atomic_files import write_file
from infra.home import Home
from infra.ownership import MARKER, environment, marker

SPEC_MARKER = "CLICKLEDGER_SPEC"
LAUNCHER = CHECKOUT / "infra" / "launch.py"


@dataclass(frozen=True)
class Program:
    """``reads``: text of files it reads at its start, so that a change is a reason to restart.

    ``slow_down``: wait before a start that follows many others; launchers of drivers do so.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    reads: str = ""
    slow_down: bool = True

    @property
    def fingerprint(self) -> str:
        """Changes with everything that a running process could be outdated by."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    def write(self, home: Home) -> None:
        """Tell the launcher."""
        marks = {MARKER: marker(self.name, home.path), SPEC_MARKER: self.fingerprint}
        spec = {
            "argv": self.argv,
            "folder": str(self.folder),
            "slow_down": self.slow_down,
            "environment": {**self.environment, **marks},
        }
        write_file(home.run / f"{self.name}.json", json.dumps(spec, indent=1))

    def is_what_runs(self, pid: int) -> bool:
        """Whether process ``pid`` was started from exactly this."""
        return environment(pid).get(SPEC_MARKER) == self.fingerprint
