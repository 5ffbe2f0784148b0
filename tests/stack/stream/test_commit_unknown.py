"""The connection is cut during COMMIT: was it done? The ledger tells."""

from collections.abc import Iterator

import pytest

from tests.awaiting import await_that
from tests.stack.running_stack import RunningStack
from tests.stack.stream.clicks import clicks
from tests.stack.stream.cutting_proxy import Cut, CuttingProxy
from tests.stack.stream.deployment import Deployment

pytestmark = pytest.mark.stack


@pytest.fixture
def proxy(stack: RunningStack) -> Iterator[CuttingProxy]:
    """In front of the stack's MariaDB."""
    found = CuttingProxy(stack.settings.mysql_address)
    yield found
    found.close()


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_commit_whose_outcome_is_unknown(
    deployment: Deployment, proxy: CuttingProxy, cut: Cut, seed: int
) -> None:
    """Before: it never arrived. After: it was done and only the answer is lost."""
    deployment.send(clicks(2_000, seed=seed))
    driver = deployment.driver(failpoint="before_commit", mysql_port=str(proxy.port))
    driver.await_failpoint()
    proxy.arm(cut)
    driver.pass_failpoint()
    deployment.await_applied()
    await_that(lambda: proxy.cuts == 1, "the proxy cut once")
    deployment.send(clicks(2_000, seed=seed + 1))
    deployment.await_applied()
    driver.drain()
    deployment.assert_exact()
