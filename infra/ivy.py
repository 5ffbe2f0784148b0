"""Apache Ivy, which comes with PySpark: Maven coordinates without Maven."""

import fcntl
import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from clickledger.errors import ConfigurationError
from clickledger.settings import CHECKOUT
from infra.java import java_home
from infra.steps import Step

IVY_FILE = CHECKOUT / "infra" / "jars" / "ivy.xml"
CONFIGURATIONS = ("kafka", "spark", "mariadb")
PATTERN = "[conf]/[artifact]-[revision].[ext]"


def fetch(folder: Path, configurations: Iterable[str], cache: Path, step: Step) -> None:
    """Put the jars of these configurations of ``ivy.xml`` into ``folder``, through the cache.

    Raises:
        ConfigurationError: something could not be downloaded.
    """
    cache.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [
        *(java_home() / "bin" / "java", "-Xmx256m"),
        f"-Divy.default.ivy.user.dir={cache / 'ivy-user'}",  # else it makes ~/.ivy2
        *("-jar", _ivy_jar(), "-cache", cache / "ivy", "-ivy", IVY_FILE),
        *("-confs", *configurations, "-retrieve", PATTERN),
    ]
    with (cache / "ivy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Ivy's cache is not made for two at once
        _run(command, folder, step)


def _run(command: list[str | Path], folder: Path, step: Step) -> None:
    said = []
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as ivy:
        try:
            for line in ivy.stdout or ():
                said.append(line)
                downloaded = sum("[SUCCESSFUL ]" in each for each in said)
                step.progress(f"{downloaded} downloaded" if downloaded else "resolving")
        except BaseException:
            ivy.kill()  # it must not go on when the next run has the lock
            raise
    if ivy.returncode != 0:
        trouble = [line for line in said if "UNRESOLVED" in line or "FAILED" in line] or said[-5:]
        raise ConfigurationError(
            "Ivy could not fetch the jars:\n" + "".join(trouble),
            next_step="check that this machine reaches Maven Central, then try again",
        )


def _ivy_jar() -> Path:
    pyspark = find_spec("pyspark")
    if pyspark is None or pyspark.origin is None:
        raise ConfigurationError("PySpark is not installed.", next_step="run `make up`")
    return next((Path(pyspark.origin).parent / "jars").glob("ivy-*.jar"))
