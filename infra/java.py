"""Finds a Java runtime that Kafka 4 and Spark 4 can use. Standard library only."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from clickledger.errors import ConfigurationError

OLDEST = 17
# Where distributions, SDKMAN, asdf and jenv put their JDKs.
USUAL_FOLDERS = (
    "/usr/lib/jvm",
    "/usr/java",
    "/opt/java",
    "~/.sdkman/candidates/java",
    "~/.asdf/installs/java",
    "~/.jenv/versions",
)


@cache
def java_home() -> Path:
    """The home of the Java that the stack uses; looked for once a process.

    Raises:
        ConfigurationError: there is none.
    """
    home = find_java()
    if home is None:
        raise ConfigurationError(
            f"Java {OLDEST} or newer was not found.", next_step="install one, or set JAVA_HOME"
        )
    return home


def find_java() -> Path | None:
    """The home of the first Java that is new enough: JAVA_HOME, PATH, then the usual folders."""
    return next((home for home in _candidates() if java_version(home) >= OLDEST), None)


def java_version(home: Path) -> int:
    """The major version of the Java in ``home``; 0 where there is none that runs."""
    try:
        done = subprocess.run(
            [home / "bin" / "java", "-version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return parse_version(done.stderr) if done.returncode == 0 else 0


def parse_version(text: str) -> int:
    """The major version in the output of ``java -version``: ``"17.0.15"`` and ``"1.8.0_402"``."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else 0


def _candidates() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parent.parent
    for folder in USUAL_FOLDERS:
        # By name, so the oldest that will do comes early: Spark is tested on 17 and 21 first.
        yield from sorted(Path(folder).expanduser().glob("*"))
