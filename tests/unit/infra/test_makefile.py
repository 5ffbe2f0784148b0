"""The Makefile explains itself, and the locks name no place to download from."""

import re
import subprocess

import pytest

from clickledger.settings import CHECKOUT

pytestmark = pytest.mark.unit

STACK = {"up", "down", "status", "logs"}
TESTS = {"test", "test-unit", "test-long", "chaos", "check", "fmt", "ci", "bench"}
PROMISED = STACK | TESTS | {"lock"}


def test_every_promised_target_is_explained() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    explained = re.findall(r"^  make ([a-z-]+) +\S", done.stdout, re.MULTILINE)
    assert set(explained) >= PROMISED


@pytest.mark.parametrize("lock", ["runtime", "dev"])
def test_a_lock_pins_by_hash_and_names_no_address(lock: str) -> None:
    text = (CHECKOUT / "infra" / "locks" / f"{lock}.txt").read_text()
    assert "://" not in text
    assert str(CHECKOUT) not in text
    packages = re.findall(r"^[a-zA-Z0-9_.-]+==\S+", text, re.MULTILINE)
    hashed = re.findall(r"^[a-zA-Z0-9_.-]+==[^\n]* \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(packages) == len(hashed) > 100


def test_the_dev_lock_holds_all_of_the_runtime_lock() -> None:
    def pins(lock: str) -> set[str]:
        text = (CHECKOUT / "infra" / "locks" / f"{lock}.txt").read_text()
        return set(re.findall(r"^[a-zA-Z0-9_.-]+==[^\s\\]+", text, re.MULTILINE))

    assert pins("runtime") <= pins("dev")
