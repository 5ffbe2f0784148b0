"""How a JVM that does not come up is told, and what it leaves behind."""

import subprocess
from pathlib import Path

import pytest

from clickledger.errors import ClickledgerError, ExitCode
from clickledger.spark import jvm
from clickledger.spark.jvm import Jvm
from clickledger.spark.scratch import make_scratch

pytestmark = pytest.mark.unit


def started(parent: Path, script: str) -> Jvm:
    """A program in the JVM's place."""
    process = subprocess.Popen(["/bin/sh", "-c", script], stdin=subprocess.PIPE)
    return Jvm(process, make_scratch(parent))


@pytest.mark.parametrize(
    ("script", "code", "told"),
    [
        ("exit 1", ExitCode.CONFIGURATION, "did not start \\(exit code 1\\)"),
        ("kill -KILL $$", ExitCode.KILLED, "was killed"),  # as a machine out of memory
        ("kill -SEGV $$", ExitCode.INTERNAL, "killed by signal 11"),
        ("exec cat", ExitCode.INTERNAL, "did not answer within 1 s"),
    ],
)
def test_only_a_jvm_that_refuses_to_start_needs_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, code: ExitCode, told: str
) -> None:
    monkeypatch.setattr(jvm, "GATEWAY_START_TIMEOUT_S", 1)
    found = started(tmp_path, script)
    with pytest.raises(ClickledgerError, match=told) as raised:
        found.connect()
    assert raised.value.exit_code is code
    found.stop()


def test_a_start_that_failed_leaves_no_folder(tmp_path: Path) -> None:
    found = started(tmp_path, "exec cat")
    found.stop()
    assert found.process.returncode == 0
    assert list(tmp_path.glob("jvm-*")) == []
