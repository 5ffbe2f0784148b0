"""One real Kafka and one real MariaDB for all tests of a worker, in a home of their own."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clickledger.settings import CHECKOUT
from tests.stack.ports import WORKER
from tests.stack.running_stack import RunningStack

TEST_HOME = CHECKOUT / ".local-test" / WORKER


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """The worker's stack: kept warm within a session, taken down at its end."""
    running = RunningStack(TEST_HOME, spark_driver_memory="700m")
    with shared_jars(TEST_HOME):
        running.up()
    yield running
    running.down()


@contextmanager
def shared_jars(home: Path) -> Iterator[None]:
    """Jars of all workers in one folder, and so one class archive. One worker fetches them."""
    jars, place = home.parent / "jars", home / "jars"
    home.mkdir(parents=True, exist_ok=True)
    jars.mkdir(exist_ok=True)
    with (home.parent / "jars.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)  # of a checkout that tested before
            place.symlink_to(jars, target_is_directory=True)
        yield
