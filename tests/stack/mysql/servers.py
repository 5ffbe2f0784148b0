"""The two servers that every SQL text must be right on, and databases of one test on them."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import SESSION_STATEMENTS
from clickledger.mysql.grants import apply_grants, grant_tables, user_hosts
from clickledger.mysql.migrations import migrate
from clickledger.settings import CHECKOUT, Role, Settings
from tests.stack.running_stack import RunningStack

# Brings up an Oracle MySQL in a folder; it lives beside the checkout where it is to be had.
REAL_MYSQL_SCRIPT = CHECKOUT.parent / "shared" / "tools" / "real_mysql.sh"
REAL_MYSQL_PORT = 23316


@dataclass(frozen=True)
class Server:
    """A database server and its administrator's login."""

    name: str
    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)

    def admin(self, database: str | None = None) -> Connection[Cursor]:
        """An administrator's connection, its session pinned like the product's own."""
        connection = pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            ssl_disabled=True,  # it costs 35 ms each time, and nothing here leaves the machine
        )
        with connection.cursor() as cursor:
            for text in SESSION_STATEMENTS:
                cursor.execute(text)
        return connection

    def settings(self, **changes: Any) -> Settings:
        """Settings of a deployment with a database and users that nothing else has."""
        mark = secrets.token_hex(4)
        values: dict[str, Any] = {
            "mysql_host": self.host,
            "mysql_port": self.port,
            "mysql_database": f"clickledger_test_{mark}",
        }
        for role in Role:
            values[f"mysql_{role}_user"] = f"test_{mark}_{role}"
            values[f"mysql_{role}_password"] = f"it's \\ {role} %s \"{secrets.token_urlsafe(9)}"
        return Settings(**{**values, **changes})


def server_from_environment(name: str, variable: str) -> Server | None:
    """The server that ``variable`` names as ``host:port:user:password``."""
    value = os.environ.get(variable)
    if not value:
        return None
    host, port, user, password = value.split(":", 3)
    return Server(name, host, int(port), user, password)


def mariadb_of(request: pytest.FixtureRequest) -> Server:
    """The MariaDB that CLICKLEDGER_TEST_MARIADB names, else the test stack's."""
    server = server_from_environment("mariadb", "CLICKLEDGER_TEST_MARIADB")
    if server is not None:
        return server
    stack: RunningStack = request.getfixturevalue("stack")
    return Server("mariadb", *stack.settings.mysql_address, *stack.administrator())


def real_mysql(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the script that keeps a MySQL in ``home``."""
    return subprocess.run(
        [REAL_MYSQL_SCRIPT, command],
        env={**os.environ, "REAL_MYSQL_HOME": str(home), "REAL_MYSQL_PORT": str(REAL_MYSQL_PORT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@contextmanager
def running_real_mysql(home: Path) -> Iterator[Server]:
    """A MySQL for the session; one that ran before is left running."""
    if not REAL_MYSQL_SCRIPT.is_file():
        pytest.skip(f"NO REAL MYSQL: {REAL_MYSQL_SCRIPT.name} is not beside this checkout")
    was_running = real_mysql("status", home).returncode == 0
    started = real_mysql("start", home)
    if started.returncode != 0:
        pytest.skip(f"NO REAL MYSQL: {started.stderr.strip().splitlines()[-1:]}")
    try:
        yield Server("mysql", "127.0.0.1", REAL_MYSQL_PORT, "root")
    finally:
        if not was_running:
            assert real_mysql("stop", home).returncode == 0


@contextmanager
def deployment(
    server: Server, *, granted: bool = True, migrated: bool = True, **changes: Any
) -> Iterator[Settings]:
    """The settings of a new database with its users and rights; all of it is dropped at the end."""
    settings = server.settings(**changes)
    with closing(server.admin()) as admin:
        try:
            if granted:
                apply_grants(admin, settings)
            if granted and migrated:
                migrate(settings)
                grant_tables(admin, settings)
            yield settings
        finally:
            drop(admin, settings)


def drop(admin: Connection[Cursor], settings: Settings) -> None:
    """The database and its users."""
    with admin.cursor() as cursor:
        # The views first: MySQL refuses to drop a user that defines one.
        cursor.execute(f"DROP DATABASE IF EXISTS `{settings.mysql_database}`")
        for role in Role:
            for host in user_hosts(settings):
                cursor.execute("DROP USER IF EXISTS %s@%s", (settings.mysql_login(role)[0], host))
