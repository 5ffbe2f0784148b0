"""A deployment under the session's supervisor: own database and topic, the stack's two slots."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clickledger.settings_environment import settings_environment
from infra.home import Home
from infra.ownership import MARKER, marker
from infra.stream_slots import StreamDriver
from tests.stack.lifecycle.operated import Operated
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import create_deployment
from tests.stack.stream.deployment import Deployment


@pytest.fixture(scope="module")
def operated(
    stack: RunningStack, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operated]:
    """One stream for the tests of a module, which find it up; its driver is ended afterwards."""
    name = request.module.__name__.rpartition(".test_")[2]
    settings = stack.settings.model_copy(
        update={
            "mysql_database": f"l_{name}",
            "topic": f"l_{name}",
            "spark_driver_memory": "700m",
        }
    )
    create_deployment(stack, settings)
    stack.await_class_archive()
    StreamDriver(settings, Home(stack.home)).write_slots()
    environment = settings_environment(settings) | {MARKER: marker("stream", stack.home)}
    found = Operated(Deployment(settings, environment), tmp_path_factory.mktemp(name))
    found.deploy_first()
    yield found
    found.close()
    for slot in ("stream-a", "stream-b"):
        stack.stack.supervisor.stop(slot)
