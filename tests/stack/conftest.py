"""One real Kafka and one real MariaDB for the whole test session, in a home of their own."""

from collections.abc import Iterator

import pytest

from clickledger.settings import CHECKOUT, load_settings
from tests.stack.running_stack import RunningStack

TEST_HOME = CHECKOUT / ".local-test"
TEST_PORT_BASE = 19590


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """The session's stack: kept warm within a session, taken down at its end."""
    running = RunningStack(
        load_settings(home=TEST_HOME, port_base=TEST_PORT_BASE, spark_driver_memory="700m")
    )
    running.up()
    yield running
    running.down()
