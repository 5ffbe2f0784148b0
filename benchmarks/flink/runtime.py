"""Fetches Flink: its jars from the wheel on PyPI, its connectors from Maven Central.

Only when Flink takes part; about 300 MB, once, into ``.local-bench/flink``. Every file is checked.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from clickledger.errors import ConfigurationError
from clickledger.settings import CHECKOUT
from infra.atomic_files import folder_in_one_go
from infra.ivy import PATTERN, ivy_command
from infra.jars import check, read_checksums
from infra.steps import step
from infra.uv import find_uv, run_uv

HERE = Path(__file__).parent
CHECKSUMS = HERE / "checksums.txt"


@dataclass(frozen=True)
class FlinkRuntime:
    """Where the jars lie."""

    folder: Path

    @property
    def class_path(self) -> str:
        """Of JobManager and TaskManager."""
        connectors = sorted((self.folder / "flink").glob("*.jar"))
        return ":".join(map(str, [*sorted((self._wheel / "lib").glob("*.jar")), *connectors]))

    @property
    def client_class_path(self) -> str:
        """Of the SQL client, which wants the Python jar too."""
        extra = sorted((self._wheel / "opt").glob("flink-*.jar"))
        return ":".join([self.class_path, *map(str, extra)])

    @property
    def _wheel(self) -> Path:
        return self.folder / "wheel" / "pyflink"


def fetch_flink(home: Path, cache: Path) -> FlinkRuntime:
    """The runtime below ``home``.

    Raises:
        ConfigurationError: it is not to be had, or is not what the checksums say.
    """
    runtime = FlinkRuntime(home / "flink" / "runtime")
    if not runtime.folder.exists():
        with step("Flink (300 MB)") as said, folder_in_one_go(runtime.folder) as folder:
            requirements = ("--require-hashes", "-r", str(HERE / "requirements.txt"))
            target = ("--no-deps", "--target", str(folder / "wheel"))
            run_uv(find_uv(CHECKOUT), CHECKOUT, "pip", "install", *target, *requirements)
            _fetch_connectors(folder, cache)
            said.outcome = "fetched and verified"
    return runtime


def _fetch_connectors(folder: Path, cache: Path) -> None:
    raise NotImplementedError
