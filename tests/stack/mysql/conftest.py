"""Every test here runs on MariaDB and, where one can be had, on a real MySQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.settings import CHECKOUT, Settings
from tests.stack.mysql.servers import (
    Server,
    deployment,
    mariadb_of,
    running_real_mysql,
    server_from_environment,
)

REAL_MYSQL_HOME = CHECKOUT / ".local-test" / "real_mysql"


@pytest.fixture(scope="session")
def mariadb_server(request: pytest.FixtureRequest) -> Server:
    """The MariaDB that CLICKLEDGER_TEST_MARIADB names, else the test stack's."""
    return mariadb_of(request)


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[Server]:
    """The MySQL that CLICKLEDGER_TEST_MYSQL names, else one started for this session."""
    server = server_from_environment("mysql", "CLICKLEDGER_TEST_MYSQL")
    if server is not None:
        yield server
        return
    with running_real_mysql(REAL_MYSQL_HOME) as started:
        yield started


@pytest.fixture(
    scope="session",
    params=["mariadb", pytest.param("mysql", marks=pytest.mark.real_mysql)],
)
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the two servers in turn."""
    found = request.getfixturevalue(f"{request.param}_server")
    assert isinstance(found, Server)
    return found


@pytest.fixture(scope="module")
def deployed(server: Server) -> Iterator[Settings]:
    """A migrated database that the tests of one module share."""
    with deployment(server) as settings:
        yield settings


@pytest.fixture
def empty(server: Server) -> Iterator[Settings]:
    """A database with users and nothing in it."""
    with deployment(server, migrated=False) as settings:
        yield settings


@pytest.fixture
def admin(server: Server, deployed: Settings) -> Iterator[Connection[Cursor]]:
    """An administrator's connection to the module's database."""
    with closing(server.admin(deployed.mysql_database)) as connection:
        yield connection
