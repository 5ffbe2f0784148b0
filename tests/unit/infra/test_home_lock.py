"""One at a time in a home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clickledger.errors import UsageError
from clickledger.settings import CHECKOUT
from infra.home_lock import NAME, home_lock

pytestmark = pytest.mark.unit

HOLD = """
import sys, time
from pathlib import Path
from infra.home_lock import home_lock
with home_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    refused = pytest.raises(UsageError, match=f"process {os.getpid()}")
    with home_lock(tmp_path), refused, home_lock(tmp_path):
        pass


def test_it_leaves_no_file(tmp_path: Path) -> None:
    with home_lock(tmp_path):
        assert (tmp_path / NAME).exists()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=f"process {holder.pid}"), home_lock(tmp_path):
            pass
        holder.kill()
    assert (tmp_path / NAME).exists()
    with home_lock(tmp_path):
        assert (tmp_path / NAME).read_text() == f"{os.getpid()}\n"
