"""One stream and one batch process for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stack.batch.reconciled import Reconciled
from tests.stack.batch.worker import Worker
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment


@pytest.fixture(scope="session")
def worker(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """The session's batch process."""
    found = Worker(stack.settings, tmp_path_factory.mktemp("batch"))
    yield found
    found.close()


@pytest.fixture(autouse=True)
def nothing_held(worker: Worker) -> Iterator[None]:
    """A test that fails while a run stands at its failpoint stops no other test."""
    yield
    worker.let_go()


@pytest.fixture(scope="module")
def reconciled(
    stack: RunningStack, worker: Worker, request: pytest.FixtureRequest
) -> Iterator[Reconciled]:
    """A running stream of its own, and the batch layer over it."""
    name = request.module.__name__.rpartition(".test_")[2]
    deployment = make_deployment(stack, f"b_{name}", archive_segment_records=3000)
    found = Reconciled(deployment, worker)
    found.start_stream()
    yield found
    deployment.close()
