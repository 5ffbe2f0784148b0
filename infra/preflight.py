"""What the machine must have before anything is installed: ``python -m infra.preflight``.

Standard library only: it runs with the system's Python. Each missing thing is one line with the
command that mends it; as root on Debian or Ubuntu missing packages are installed instead.
``--ports``: also that the stack's ports are free. ``--readers``: also what tests open reports with.
"""

import importlib.util
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clickledger.errors import ConfigurationError
from infra import debian
from infra.early_settings import CHECKOUT, EarlySettings, early_settings
from infra.java import OLDEST, find_java
from infra.ownership import command_line, owned_processes, program_of
from infra.ports import holder, is_free
from infra.servers.native_libraries import MARIADB_NEEDS, missing_libraries
from infra.steps import step

GIB = 1024**3
ENVIRONMENT_BYTES = int(2.5 * GIB)  # .venv 1.5 GB, and uv's cache if it lies on another disk
HOME_BYTES = int(2.5 * GIB)  # jars 0.2, server 0.5, packages 1.3 if uv's cache is on another disk
RUNNING_BYTES = GIB // 2  # Kafka and MariaDB end when a file cannot grow, and they share the disk
MEMORY_BYTES = 3 * GIB  # Kafka 0.5, MariaDB 0.3, Airflow 1, the stream's driver and its Python
JAVA_PACKAGES = ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless")
# Programs by their names, and the packages that have them.
READERS = {
    ("chromium", "google-chrome"): ("chromium", "chromium-browser"),
    ("soffice", "libreoffice"): ("libreoffice-calc-nogui", "libreoffice-calc"),
}


@dataclass(frozen=True)
class Problem:
    """One missing thing. ``packages`` are Debian packages of which any one mends it."""

    text: str
    advice: str = ""
    packages: tuple[str, ...] = ()
    fatal: bool = True

    def __str__(self) -> str:
        command = f"sudo apt-get install {self.packages[0]}" if self.packages else ""
        return f"{self.text}. {self.advice or command}"


def problems(settings: EarlySettings, *, ports: bool, readers: bool = False) -> list[Problem]:
    """Everything that is missing for these settings, all at once."""
    found = [*_uv(), *_java(), *_disk(settings), *_memory(settings)]
    if settings.embedded_mysql:
        found += _libraries()
    if readers:
        found += _readers()
    if ports:
        found += [
            problem for port in settings.ports for problem in port_problem(port, settings.home)
        ]
    return found


def _uv() -> Iterator[Problem]:
    has_uv = shutil.which("uv") or (CHECKOUT / ".uv" / "bin" / "uv").exists()
    if not has_uv and importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        yield Problem("Neither uv nor Python's ensurepip is there", packages=(package,))


def _java() -> Iterator[Problem]:
    if find_java() is None:
        yield Problem(f"Java {OLDEST} or newer was not found", packages=JAVA_PACKAGES)


def _libraries() -> Iterator[Problem]:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        yield Problem(
            "The embedded MariaDB runs on Linux x86-64 only",
            "Name your own server: CLICKLEDGER_MYSQL_HOST=… in settings.env of the home folder",
        )
        return
    for library, package in missing_libraries(MARIADB_NEEDS).items():
        yield Problem(f"MariaDB needs {library}", packages=(package,))


def _readers() -> Iterator[Problem]:
    for names, packages in READERS.items():
        if not any(map(shutil.which, names)):
            yield Problem(
                f"Without {names[0]}, tests of how reports look there are skipped",
                packages=packages,
                fatal=False,
            )


def _disk(settings: EarlySettings) -> Iterator[Problem]:
    environment, jars = CHECKOUT / ".venv" / "bin" / "python", settings.home / "jars"
    for folder, needed in (
        (CHECKOUT, 0 if environment.exists() else ENVIRONMENT_BYTES),
        (settings.home, RUNNING_BYTES if jars.exists() else HOME_BYTES),
    ):
        free = shutil.disk_usage(_nearest_existing(folder)).free
        if free < needed:
            yield Problem(
                f"Only {free / GIB:.1f} GiB of disk are free at {folder}",
                f"Free {needed / GIB:.1f} GiB there, or set CLICKLEDGER_HOME to another disk",
            )


def _nearest_existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _memory(settings: EarlySettings) -> Iterator[Problem]:
    available = _available_memory()
    if available is not None and available < MEMORY_BYTES and not owned_processes(settings.home):
        yield Problem(
            f"Only {available / GIB:.1f} GiB of memory are available, the stack uses about 3",
            "Close something, or expect the kernel to end a server",
            fatal=False,
        )


def _available_memory() -> int | None:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def port_problem(port: int, home: Path) -> Iterator[Problem]:
    """A problem when somebody else than the stack of ``home`` listens on ``port``."""
    if is_free(port):
        return
    pid = holder(port)
    if pid is None:
        yield Problem(f"Port {port} is taken by another user's process", _OTHER_PORTS)
    elif program_of(pid, home) is None:
        holder_name = f"process {pid} ({command_line(pid)})"
        yield Problem(f"Port {port} is taken by {holder_name}", _OTHER_PORTS)


_OTHER_PORTS = "Stop it, or take other ports: CLICKLEDGER_PORT_BASE=29090 make up"


def mended(found: list[Problem]) -> bool:
    """Install the packages that mend ``found``, where that is ours to do; whether one was."""
    wanted = [problem for problem in found if problem.packages]
    if not wanted or not debian.can_install():
        return False
    with step("Installing system packages") as running:
        debian.update_lists()
        installed = [debian.install(problem.packages) for problem in wanted]
        running.outcome = f"{sum(installed)} of {len(wanted)}"
    return any(installed)


def require(settings: EarlySettings, *, ports: bool, readers: bool = False) -> None:
    """Check, mend what is ours to mend, check again.

    Raises:
        ConfigurationError: with every missing thing on a line of its own.
    """
    found = problems(settings, ports=ports, readers=readers)
    if mended(found):
        found = problems(settings, ports=ports, readers=readers)
    for warning in (problem for problem in found if not problem.fatal):
        print(f"  warning: {warning}")
    if missing := [str(problem) for problem in found if problem.fatal]:
        raise ConfigurationError("This machine lacks something:\n  - " + "\n  - ".join(missing))


def main() -> int:
    """Check the machine; exit code 10 and the list when something is missing."""
    try:
        asked = sys.argv[1:]
        require(early_settings(), ports="--ports" in asked, readers="--readers" in asked)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"  Python {platform.python_version()}, Java at {find_java()}: the machine is ready")
    return 0


if __name__ == "__main__":
    sys.exit(main())
