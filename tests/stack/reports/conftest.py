"""One MariaDB and one database for all tests of reports; each test begins with the same days."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.stack.mysql.servers import Server, deployment, mariadb_of
from tests.stack.reports.reported import KOLKATA, Reported


@pytest.fixture(scope="session")
def report_server(request: pytest.FixtureRequest) -> Server:
    """The MariaDB that CLICKLEDGER_TEST_MARIADB names, else the test stack's."""
    return mariadb_of(request)


@pytest.fixture(scope="session")
def report_database(
    report_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reported]:
    """The database that the tests share."""
    home = tmp_path_factory.mktemp("reported")
    with (
        deployment(report_server, home=home, report_time_zone=KOLKATA) as settings,
        closing(report_server.admin(settings.mysql_database)) as admin,
    ):
        yield Reported(settings, admin)


@pytest.fixture
def reported(report_database: Reported) -> Reported:
    """Three days of Kolkata with some clicks, all reconciled and built; nothing published."""
    report_database.begin_anew()
    return report_database


@pytest.fixture(scope="module")
def folder(report_database: Reported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first version of a day with every nasty id among its top, for tests that read it."""
    report_database.begin_anew()
    report_database.add_nasty()
    found = report_database.publish()
    assert found.folder is not None
    kept = tmp_path_factory.mktemp("bundle") / "v1"
    shutil.copytree(found.folder, kept)
    return kept
