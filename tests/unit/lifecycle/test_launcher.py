"""How long a driver that keeps dying has to wait."""

from pathlib import Path

import pytest

from clickledger.errors import ExitCode
from lifecycle import launcher
from lifecycle.launcher import wait_s

pytestmark = pytest.mark.unit


def test_the_first_two_starts_are_at_once_then_slower_and_slower() -> None:
    assert [wait_s(start) for start in range(1, 10)] == [0, 0, 2, 4, 8, 16, 32, 60, 60]


def test_a_release_whose_environment_is_gone_is_not_started_blindly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"starts": 0, "release_name": "r", "folder": str(tmp_path), "python": "/no/such/python"}
    monkeypatch.setattr(launcher, "next_start", lambda *_: row)
    monkeypatch.chdir(tmp_path)
    assert launcher.main("a") == ExitCode.CONFIGURATION
    assert f"release create --source {tmp_path}" in caplog.text
