"""The JVM is started before Python has loaded what is heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clickledger.settings import CHECKOUT

pytestmark = pytest.mark.unit

HEAVY = ("kafka", "pyspark", "pyarrow", "numpy")


def test_nothing_heavy_is_imported_before_the_jvm_comes_up() -> None:
    script = f"import sys, streaming.__main__\nprint([m for m in {HEAVY} if m in sys.modules])"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
