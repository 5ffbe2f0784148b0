"""One real Kafka and one real MariaDB for the whole test session, in a home of their own."""

import os
import random
from collections.abc import Iterator

import pytest

from clickledger.settings import CHECKOUT
from tests.stack.running_stack import RunningStack

TEST_HOME = CHECKOUT / ".local-test"
TEST_PORTS = range(19590, 19990, 10)  # the first free place: two checkouts may test at once


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """The session's stack: kept warm within a session, taken down at its end."""
    running = RunningStack(TEST_HOME, spark_driver_memory="700m")
    running.up(TEST_PORTS)
    yield running
    running.down()


@pytest.fixture(scope="session")
def seed() -> int:
    """Printed with every run; CLICKLEDGER_SEED repeats one."""
    value = int(os.environ.get("CLICKLEDGER_SEED", random.SystemRandom().randrange(10**6)))
    print(f"\nCLICKLEDGER_SEED={value}")  # noqa: T201
    return value
