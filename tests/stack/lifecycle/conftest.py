"""Streams under the session's supervisor: own database and topic, the stack's two slots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clickledger.settings_environment import settings_environment
from infra.home import Home
from infra.ownership import MARKER, marker
from infra.stream_slots import PROGRAMS, StreamDriver
from tests.awaiting import await_that
from tests.stack.lifecycle.operated import Operated
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import create_deployment
from tests.stack.stream.deployment import Deployment


@pytest.fixture(scope="session")
def common_stream(
    stack: RunningStack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operated]:
    """One stream for all modules that leave its figures right: a start costs many seconds."""
    with operated_stream(stack, "common", tmp_path_factory.mktemp("common")) as found:
        yield found


@pytest.fixture
def operated(common_stream: Operated) -> Operated:
    """A stream that is up, whatever the test before did to it."""
    common_stream.thaw()
    common_stream.bring_up()
    await_that(lambda: common_stream.health().fine, "a fine stream")
    return common_stream


@contextmanager
def operated_stream(
    stack: RunningStack, name: str, folder: Path, **changes: object
) -> Iterator[Operated]:
    """A deployment that has both slots for itself, and nothing deployed yet."""
    settings = stack.settings.model_copy(
        update={"mysql_database": f"l_{name}", "topic": f"l_{name}", **changes}
    )
    stop_drivers(stack)
    create_deployment(stack, settings)
    stack.await_class_archive()
    driver = StreamDriver(settings, Home(stack.home))
    environment = settings_environment(settings) | {MARKER: marker("stream", stack.home)}
    found = Operated(Deployment(settings, environment), folder, driver)
    yield found
    found.thaw()
    stop_drivers(stack)


def stop_drivers(stack: RunningStack) -> None:
    """Both slots empty."""
    stack.stop(*PROGRAMS)
