"""One real Kafka and one real MariaDB for all tests of a worker, in a home of their own."""

import os
from collections.abc import Iterator

import pytest

from clickledger.settings import CHECKOUT
from tests.stack.running_stack import RunningStack

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
TEST_HOME = CHECKOUT / ".local-test" / WORKER
# The first free place: two checkouts may test at once, and never two workers look at one place.
TEST_PORTS = range(19590 + 10 * (int(WORKER[2:]) % 2), 19990, 20)


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """The worker's stack: kept warm within a session, taken down at its end."""
    running = RunningStack(TEST_HOME, spark_driver_memory="700m")
    running.up(TEST_PORTS)
    yield running
    running.down()
