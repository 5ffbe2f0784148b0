"""A home of its own for every test, with nothing in it and no server behind it."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of this machine's settings reaches a test."""
    import os

    for name in os.environ:
        if name.startswith("CLICKLEDGER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLICKLEDGER_HOME", str(tmp_path))
    monkeypatch.setenv("CLICKLEDGER_PORT_BASE", "1024")  # nothing answers there
    return tmp_path
