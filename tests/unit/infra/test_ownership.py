"""Which processes belong to a home, and which do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.ownership import (
    MARKER,
    command_line,
    is_running,
    marker,
    owned_processes,
    parent,
    program_of,
)
from tests.unit.infra.marked_processes import marked_process

pytestmark = pytest.mark.unit


def test_only_processes_of_this_home_are_found(tmp_path: Path) -> None:
    with (
        marked_process("kafka", tmp_path / "a") as mine,
        marked_process("kafka", tmp_path / "b") as other,
    ):
        assert owned_processes(tmp_path / "a") == {mine.pid: "kafka"}
        assert program_of(other.pid, tmp_path / "a") is None


def test_children_inherit_the_mark(tmp_path: Path) -> None:
    text = (
        "import subprocess, sys, time;"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print('ready', flush=True); time.sleep(60)"
    )
    with marked_process("stream", tmp_path, text) as driver:
        found = owned_processes(tmp_path)
        assert len(found) == 2
        assert set(found.values()) == {"stream"}
        (child,) = found.keys() - {driver.pid}
        assert parent(child) == driver.pid
        os.kill(child, 9)


def test_a_link_to_the_home_is_the_home(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with marked_process("kafka", tmp_path / "link") as process:
        assert owned_processes(tmp_path / "real") == {process.pid: "kafka"}


def test_who_asks_does_not_find_itself(tmp_path: Path) -> None:
    text = "import sys; from pathlib import Path; from infra.ownership import owned_processes;"
    text += "print(owned_processes(Path(sys.argv[1])))"
    done = subprocess.run(
        [sys.executable, "-c", text, tmp_path],
        env={**os.environ, MARKER: marker("airflow", tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "{}\n"


def test_a_zombie_does_not_run() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()  # it has ended, and nobody has waited for it
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{process.pid}").exists()
        assert not is_running(process.pid)


def test_nothing_is_asked_of_a_process_that_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert program_of(process.pid, tmp_path) is None
    assert parent(process.pid) == 0
    assert command_line(process.pid) == "a process that has ended"
