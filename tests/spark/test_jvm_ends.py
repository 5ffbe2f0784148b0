"""The JVM ends with the process that has started it, whatever state it is in."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from clickledger.settings import CHECKOUT
from clickledger.spark.jvm import KAFKA_JARS
from infra.ownership import is_running
from tests.awaiting import await_that

pytestmark = pytest.mark.spark

# A driver that has got as far as its JVM.
PARENT = """
import sys, time
from pathlib import Path
from clickledger.spark.jvm import JvmOptions, start_jvm
jvm = start_jvm(JvmOptions("256m", Path(sys.argv[1])))
jvm.connect()
print(jvm.process.pid, flush=True)
time.sleep(600)
"""


def test_a_frozen_jvm_does_not_outlive_its_killed_parent(tmp_path: Path) -> None:
    """As one that collects garbage for minutes: it does not see that its input was closed."""
    jars = tmp_path / "jars" / "spark"
    jars.mkdir(parents=True)
    for pattern in KAFKA_JARS:  # not looked into: nothing is read from Kafka
        (jars / f"{pattern.replace('*', '1')}.jar").touch()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, jars], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        jvm = psutil.Process(int(parent.stdout.readline()))
        try:
            assert "java" in jvm.name()
            jvm.send_signal(signal.SIGSTOP)
            parent.send_signal(signal.SIGKILL)
            await_that(lambda: not is_running(jvm.pid), "the JVM's end", timeout_s=10)
        finally:
            if is_running(jvm.pid):
                jvm.kill()
