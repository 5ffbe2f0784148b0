"""What every test session shares: its seed, and which tests stay together on one worker."""

from __future__ import annotations

import os
import random
from pathlib import PurePosixPath

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ("tests.kept_results",)

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Longest first, so that no worker begins a long group when the other one is nearly done; but while
# the drivers' class archive is made, one tests what starts no driver.
ORDER = ("stack/lifecycle", "stack/mysql", "stack/batch", "stack/stream")
# These share more than a module: a stream, a batch process, an Oracle MySQL, a Spark session …
TOGETHER = ("stack/lifecycle", "stack/batch", "stack/mysql", "stack/reports", "spark", "dags")


def pytest_configure() -> None:
    """One seed for all workers; CLICKLEDGER_SEED repeats one."""
    os.environ.setdefault("CLICKLEDGER_SEED", str(random.SystemRandom().randrange(10**6)))


def pytest_report_header() -> str:
    """The seed, printed with every run."""
    return f"CLICKLEDGER_SEED={os.environ['CLICKLEDGER_SEED']}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders in their order."""
    items.sort(key=lambda item: _rank(folder_of(item.nodeid)))


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # xdist is not typed for strict checks
    """A worker takes a whole group: a module, or a folder whose modules share what is costly."""

    def _split_scope(self, nodeid: str) -> str:
        folder = folder_of(nodeid)
        return folder if folder in TOGETHER else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Not xdist's own groups: it renames tests for them, and pytest 9.2 has moved the names."""
    return ByGroup(config, log)


def folder_of(nodeid: str) -> str:
    """``stack/batch`` of ``tests/stack/batch/test_undo.py::test_it``."""
    path = PurePosixPath(nodeid.partition("::")[0])
    return path.parent.as_posix().removeprefix("tests").removeprefix("/")


def _rank(folder: str) -> int:
    return ORDER.index(folder) if folder in ORDER else len(ORDER)


@pytest.fixture(scope="session")
def seed() -> int:
    """Of everything random in a test."""
    return int(os.environ["CLICKLEDGER_SEED"])
