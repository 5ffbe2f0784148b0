"""The command as a process: early readers, signals, and what it leaves alone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.invoking import COMMAND, start

pytestmark = pytest.mark.unit
HEAVY = {"numpy", "pandas", "pyspark", "pyarrow", "kafka", "rich", "streaming", "supervisor"}


def test_a_reader_that_leaves_early_is_no_error_to_talk_about() -> None:
    process = start("generate", "--events", "500000", env={})
    assert process.stdout is not None
    assert process.stdout.readline().count(b"|") == 3
    process.stdout.close()
    assert process.wait(timeout=30) != 0
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_a_reader_that_has_gone_before_a_short_answer_is_none_either() -> None:
    # Short and buffered: all of it is written at the very end, when Python itself would complain.
    process = start("env", "--json", env={"PYTHONUNBUFFERED": ""})
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 1


@pytest.mark.parametrize("words", [["env"], ["--help"], ["stream", "--help"]], ids=" ".join)
def test_a_closed_standard_output_is_no_traceback(words: list[str]) -> None:
    process = start(*words, env={}, stdout=None, preexec_fn=lambda: os.close(1))
    _, err = process.communicate(timeout=30)
    assert b"Traceback" not in err
    assert b"Exception" not in err


def test_ctrl_c_ends_quietly_with_130() -> None:
    process = start("generate", "--events", "10000", "--rate", "100", env={})
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_following_ends_in_order_and_writes_the_truth(
    number: signal.Signals, code: int, home: Path
) -> None:
    truth = home / "truth.json"
    line = ["generate", "--follow", "--rate", "500", "--truth", str(truth)]
    process = start(*line, env={}, bufsize=0)  # communicate() would miss what readline() buffers
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(number)
    rest, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, b"")
    found = json.loads(truth.read_text())
    lines = (first + rest).count(b"\n")
    assert found["accepted"] + sum(found["rejected"].values()) == lines


def test_python_m_clickledger_says_where_the_command_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clickledger"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert ".venv/bin/clickledger" in done.stderr


@pytest.mark.parametrize(
    "words",
    [["--help"], ["env"], ["stream", "status"], ["generate", "--help"]],
    ids=" ".join,
)
def test_heavy_packages_are_left_alone(words: list[str]) -> None:
    command = [COMMAND[0], "-X", "importtime", *COMMAND[1:], *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in imported
    assert imported & HEAVY == set()
