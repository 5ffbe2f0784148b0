"""What every test session shares: its seed, and which tests stay together on one worker."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

pytest_plugins = ("tests.kept_results",)

# Longest first, so that no worker begins a long group when the other one is nearly done.
ORDER = ("stack/batch", "stack/lifecycle", "stack/stream", "stack/mysql", "stack", "spark", "dags")
# These share more than a module: a batch process, an Oracle MySQL, a Spark session, a DagBag.
TOGETHER = ("stack/batch", "stack/mysql", "spark", "dags")


def pytest_configure(config: pytest.Config) -> None:
    """One seed for all workers; CLICKLEDGER_SEED repeats one."""
    os.environ.setdefault("CLICKLEDGER_SEED", str(random.SystemRandom().randrange(10**6)))


def pytest_report_header(config: pytest.Config) -> str:
    """The seed, printed with every run."""
    return f"CLICKLEDGER_SEED={os.environ['CLICKLEDGER_SEED']}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests, and say which of them one worker must run."""
    items.sort(key=lambda item: _rank(_folder(item)))
    for item in items:
        folder = _folder(item)
        group = folder if folder in TOGETHER else f"{folder}/{item.path.stem}"
        item.add_marker(pytest.mark.xdist_group(group))


def _folder(item: pytest.Item) -> str:
    return item.path.parent.relative_to(Path(__file__).parent).as_posix()


def _rank(folder: str) -> int:
    return ORDER.index(folder) if folder in ORDER else len(ORDER)


@pytest.fixture(scope="session")
def seed() -> int:
    """Of everything random in a test."""
    return int(os.environ["CLICKLEDGER_SEED"])
