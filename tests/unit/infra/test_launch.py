"""The launcher: dies with its parent, waits out crash loops, becomes the program."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.launch import wait_out_a_crash_loop, wait_s
from infra.ownership import is_running
from infra.program import LAUNCHER, Program
from tests.awaiting import await_that

pytestmark = pytest.mark.unit

# Stands for supervisord: writes its pid file, starts the launcher, tells the child's pid.
PARENT = """
import os, subprocess, sys, time
run, launcher = sys.argv[1:]
open(f"{run}/supervisord.pid", "w").write(str(os.getpid()))
child = subprocess.Popen([sys.executable, "-I", "-S", launcher, run, "toy"])
print(child.pid, flush=True)
time.sleep(60)
"""


def specify(run: Path, text: str, **environment: str) -> None:
    """Tell the launcher that program ``toy`` is Python running ``text``."""
    spec = {
        "argv": [sys.executable, "-c", text, str(run)],
        "folder": str(run),
        "environment": environment,
        "slow_down": True,
    }
    (run / "toy.json").write_text(json.dumps(spec))


def launched(run: Path, parent: int, **environment: str) -> subprocess.CompletedProcess[str]:
    (run / "supervisord.pid").write_text(f"{parent}\n")
    return subprocess.run(
        [sys.executable, "-I", "-S", LAUNCHER, run, "toy"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_ends_in_order_when_its_parent_is_killed(tmp_path: Path) -> None:
    text = (
        "import pathlib, signal, sys, time; run = pathlib.Path(sys.argv[1])\n"
        "def drain(*_): (run / 'drained').touch(); sys.exit()\n"
        "signal.signal(signal.SIGTERM, drain); (run / 'up').touch(); time.sleep(60)"
    )
    specify(tmp_path, text)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path, LAUNCHER], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        await_that((tmp_path / "up").exists, "the program is up", timeout_s=10)
        parent.send_signal(signal.SIGKILL)
        parent.stdout.close()
    await_that((tmp_path / "drained").exists, "it was asked to end", timeout_s=10)
    await_that(lambda: not is_running(child), "it has ended", timeout_s=10)


def test_it_does_not_start_when_the_parent_was_gone_before(tmp_path: Path) -> None:
    specify(tmp_path, "print('started')")
    done = launched(tmp_path, parent=os.getpid() + 1)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "The parent" in done.stderr


def test_it_becomes_the_program(tmp_path: Path) -> None:
    text = "import os; print(os.getcwd(), os.environ['MINE'], os.environ.get('STACK_PASSWORD'))"
    specify(tmp_path, text, MINE="yes")
    done = launched(tmp_path, parent=os.getpid(), STACK_PASSWORD="secret")
    assert done.stdout == f"{tmp_path} yes None\n"


def test_waits_grow_and_stay_bounded() -> None:
    assert [wait_s(starts) for starts in range(10)] == [0, 0, 2, 4, 8, 16, 32, 60, 60, 60]


def test_starts_are_counted_and_a_damaged_record_is_forgotten(tmp_path: Path) -> None:
    record = tmp_path / "toy.starts"
    record.write_text("rubbish")
    wait_out_a_crash_loop(record, "toy")
    wait_out_a_crash_loop(record, "toy")
    assert len(record.read_text().split()) == 2


def test_old_starts_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("infra.launch.time.sleep", waits.append)
    monkeypatch.setattr("infra.launch.time.time", lambda: 10_000.0)
    record = tmp_path / "toy.starts"
    record.write_text("1.0 9000.0 9399.0 9401.0 9900.0")
    wait_out_a_crash_loop(record, "toy")
    assert waits == [2]
    assert record.read_text() == "9401.0 9900.0 10000.0"
    assert "toy was started 2 times within 10 minutes: waiting 2 s." in capsys.readouterr().out


def test_a_fingerprint_changes_with_everything_that_matters(tmp_path: Path) -> None:
    one = Program("toy", ("a", "b"), tmp_path, {"X": "1"}, "text")
    others = [
        Program("toy", ("a", "c"), tmp_path, {"X": "1"}, "text"),
        Program("toy", ("a", "b"), tmp_path / "x", {"X": "1"}, "text"),
        Program("toy", ("a", "b"), tmp_path, {"X": "2"}, "text"),
        Program("toy", ("a", "b"), tmp_path, {"X": "1"}, "other"),
    ]
    assert one.fingerprint == Program("toy", ("a", "b"), tmp_path, {"X": "1"}, "text").fingerprint
    assert len({one.fingerprint, *(other.fingerprint for other in others)}) == 5
