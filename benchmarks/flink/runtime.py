"""Fetches Flink: its jars from the wheel on PyPI, its connectors from Maven Central.

Only when Flink takes part; about 300 MB, once, into ``.local-bench/flink``. The wheel is checked
against ``requirements.txt``, each connector against ``checksums.txt``.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from clickledger.errors import ConfigurationError
from clickledger.packages import run_uv
from clickledger.settings import CHECKOUT
from clickledger.spark.jvm import spark_home
from infra.atomic_files import folder_in_one_go
from infra.jars import check, read_checksums
from infra.java import java_home
from infra.steps import step
from infra.uv import find_uv

HERE = Path(__file__).parent


@dataclass(frozen=True)
class FlinkRuntime:
    """Where the jars lie."""

    folder: Path

    @property
    def class_path(self) -> str:
        """Of JobManager and TaskManager."""
        jars = [*(self._wheel / "lib").glob("*.jar"), *(self.folder / "flink").glob("*.jar")]
        return ":".join(sorted(map(str, jars)))

    @property
    def client_class_path(self) -> str:
        """Of the SQL client, which wants the Python jar too."""
        extra = sorted(map(str, (self._wheel / "opt").glob("flink-*.jar")))
        return ":".join([self.class_path, *extra])

    @property
    def _wheel(self) -> Path:
        return self.folder / "wheel" / "pyflink"


def runtime_in(home: Path) -> FlinkRuntime:
    """Where ``fetch_flink`` puts it."""
    return FlinkRuntime(home / "flink" / "runtime")


def fetch_flink(home: Path, cache: Path) -> None:
    """Have the runtime below ``home``.

    Raises:
        ConfigurationError: it is not to be had, or is not what the checksums say.
    """
    runtime = runtime_in(home)
    if runtime.folder.exists():
        return
    with step("Flink (300 MB)") as said, folder_in_one_go(runtime.folder) as folder:
        requirements = ("--require-hashes", "-r", str(HERE / "requirements.txt"))
        target = ("--no-deps", "--target", str(folder / "wheel"))
        run_uv(find_uv(CHECKOUT), CHECKOUT, "pip", "install", *target, *requirements)
        _fetch_connectors(folder, cache)
        said.outcome = "fetched and verified"


def _fetch_connectors(folder: Path, cache: Path) -> None:
    ivy = next((spark_home() / "jars").glob("ivy-*.jar"))
    done = subprocess.run(
        [
            *(java_home() / "bin" / "java", "-Xmx256m"),
            f"-Divy.default.ivy.user.dir={cache / 'ivy-user'}",
            *("-jar", ivy, "-cache", cache / "ivy-flink", "-ivy", HERE / "ivy.xml"),
            *("-retrieve", "[conf]/[artifact]-[revision].[ext]"),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode != 0:
        raise ConfigurationError(
            "Ivy could not fetch Flink's connectors:\n" + done.stdout[-1000:],
            next_step="check that this machine reaches Maven Central, or leave Flink out",
        )
    checksums = read_checksums(HERE / "checksums.txt")
    for jar in sorted((folder / "flink").glob("*.jar")):
        check(jar, checksums.get(f"flink/{jar.name}"))
