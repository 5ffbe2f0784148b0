"""Ending what no supervisor looks after."""

from pathlib import Path

import pytest

from infra import processes
from infra.processes import end_strays, strays
from tests.unit.infra.marked_processes import STUBBORN, marked_process

pytestmark = pytest.mark.unit


def test_strays_are_asked_to_end(tmp_path: Path) -> None:
    with marked_process("stream", tmp_path) as stream, marked_process("kafka", tmp_path) as kafka:
        end_strays(tmp_path, None)
        assert (stream.wait(), kafka.wait()) == (-15, -15)


def test_one_that_does_not_listen_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "PATIENCE_S", 0.2)
    with marked_process("mariadb", tmp_path, STUBBORN) as server:
        end_strays(tmp_path, None)
        assert server.wait() == -9


def test_writers_end_before_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[list[str]] = []

    def record(pids: list[int]) -> None:
        ended.append(sorted(strays(tmp_path, None)[pid] for pid in pids))

    monkeypatch.setattr(processes, "end", record)
    with (
        marked_process("mariadb", tmp_path),
        marked_process("kafka", tmp_path),
        marked_process("traffic", tmp_path),
        marked_process("stream", tmp_path),
        marked_process("stream", tmp_path),
    ):
        end_strays(tmp_path, None)
    assert ended == [["traffic"], ["stream", "stream"], ["kafka"], ["mariadb"]]


def test_what_a_living_supervisor_looks_after_is_left_alone(tmp_path: Path) -> None:
    text = (
        "import os, subprocess, sys, time; e = {**os.environ, 'CLICKLEDGER_PROGRAM': sys.argv[1]};"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'], env=e);"
        "print('ready', flush=True); time.sleep(60)"
    )
    with marked_process("supervisord", tmp_path, text, f"kafka@{tmp_path.resolve()}") as supervisor:
        assert strays(tmp_path, supervisor.pid) == {}
        assert sorted(strays(tmp_path, None).values()) == ["kafka", "supervisord"]
        end_strays(tmp_path, supervisor.pid)
        assert supervisor.poll() is None
        end_strays(tmp_path, None)
