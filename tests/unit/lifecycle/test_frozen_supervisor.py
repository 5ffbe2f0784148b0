"""A supervisord that takes calls and never answers holds nobody for long."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lifecycle import supervisor
from lifecycle.supervisor import SupervisorClient, SupervisorUnreachableError

pytestmark = pytest.mark.unit


@pytest.fixture(params=[socket.AF_UNIX, socket.AF_INET], ids=["unix", "http"])
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where something listens, as the kernel does for a process that is stopped."""
    with socket.socket(request.param, socket.SOCK_STREAM) as listening:
        is_unix = request.param == socket.AF_UNIX
        listening.bind(str(tmp_path / "s") if is_unix else ("127.0.0.1", 0))
        listening.listen()
        at = listening.getsockname()
        yield f"unix://{at}" if is_unix else f"http://{at[0]}:{at[1]}"


def test_a_call_ends(frozen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ANSWERS_WITHIN_S", 0.2)
    with pytest.raises(SupervisorUnreachableError, match=r"does not answer .*\(TimeoutError\)"):
        SupervisorClient(frozen, "secret").call("getPID")
