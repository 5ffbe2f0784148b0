"""The JVM ends with the process that has started it, whatever state it is in, and its files too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from clickledger.settings import CHECKOUT
from clickledger.spark.jvm import KAFKA_JARS
from clickledger.spark.scratch import remove_unused
from infra.ownership import is_running
from tests.awaiting import await_that

pytestmark = pytest.mark.spark

# A driver that has got as far as its session.
PARENT = """
import sys, time
from pathlib import Path
from clickledger.spark.jvm import JvmOptions, start_jvm
jvm = start_jvm(JvmOptions("512m", Path(sys.argv[1]), Path(sys.argv[2])))
jvm.connect()
from clickledger.settings import Settings
from clickledger.spark.session import open_session
spark = open_session(Settings())
spark.range(10).repartition(3).collect()  # files of a shuffle, compressed by a native library
print(jvm.process.pid, flush=True)
sys.stdin.read()
jvm.stop()
"""


class Folders(NamedTuple):
    """For jars, for the JVMs' files, and in the place of the machine's temporary folder."""

    jars: Path
    scratch: Path
    machine: Path

    def of_jvms(self) -> list[Path]:
        """In use or not."""
        return list(self.scratch.glob("jvm-*"))


@dataclass
class Started:
    """A parent and its JVM."""

    parent: subprocess.Popen[str]
    jvm: psutil.Process


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """New ones."""
    jars = tmp_path / "jars" / "spark"
    jars.mkdir(parents=True)
    for pattern in KAFKA_JARS:  # not looked into: nothing is read from Kafka
        (jars / f"{pattern.replace('*', '1')}.jar").touch()
    machine = tmp_path / "machine"
    machine.mkdir()
    return Folders(jars, tmp_path / "scratch", machine)


@contextmanager
def started(folders: Folders) -> Iterator[Started]:
    """A driver that has worked and waits; nothing of it is left after the block."""
    java = f"-Djava.io.tmpdir={folders.machine} -XX:-UsePerfData"  # Java does not look at TMPDIR
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, folders.jars, folders.scratch],
        cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(folders.machine), "JAVA_TOOL_OPTIONS": java},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        jvm = psutil.Process(int(parent.stdout.readline()))
        try:
            yield Started(parent, jvm)
        finally:
            parent.kill()
            if is_running(jvm.pid):
                jvm.kill()


def test_a_frozen_jvm_does_not_outlive_its_killed_parent(
    folders: Folders,
) -> None:
    """As one that collects garbage for minutes: it does not see that its input was closed.

    What it has left on the disk goes with the next start, and with an orderly end.
    """
    with started(folders) as killed:
        assert "java" in killed.jvm.name()
        killed.jvm.send_signal(signal.SIGSTOP)
        killed.parent.send_signal(signal.SIGKILL)
        await_that(lambda: not is_running(killed.jvm.pid), "the JVM's end", timeout_s=10)
    (left,) = folders.of_jvms()
    assert len(list(left.iterdir())) > 1

    with started(folders) as ended:
        (of_this_one,) = folders.of_jvms()
        assert of_this_one != left
        ended.parent.communicate(timeout=60)
        assert ended.parent.returncode == 0
    assert folders.of_jvms() == []
    assert list(folders.machine.iterdir()) == []


def test_the_files_of_a_jvm_that_runs_are_left_alone(folders: Folders) -> None:
    with started(folders):
        assert remove_unused(folders.scratch) == 0
        assert len(folders.of_jvms()) == 1
