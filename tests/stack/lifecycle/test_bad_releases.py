"""Releases that must not stay: each is rolled back by itself, nothing lost, nothing twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clickledger.errors import ExitCode
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from lifecycle.releases import find_release
from tests.stack.lifecycle.operated import Operated

pytestmark = pytest.mark.stack
RATE = 2_000


def edit(file: str, old: str, new: str) -> Callable[[Path], object]:
    """A change to one file of a release's source."""

    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


CRASHES_AT_START = edit(
    "streaming/__main__.py", "def main() -> int:", "def main() -> int:\n    raise SystemExit(1)"
)
COUNTS_WRONGLY = edit(
    "clickledger/transforms/count.py", 'f.sum("click").alias', 'f.max("click").alias'
)
CRASHES_AT_ITS_FIFTH_BATCH = edit(
    "streaming/micro_batch.py",
    "            self.limit.check(batch)\n",
    "            self.limit.check(batch)\n"
    "            if self.progress.batches == 4:\n"
    "                raise ZeroDivisionError\n",
)
COUNTS_WRONGLY_LATER = edit(
    "streaming/micro_batch.py",
    "            began = time.monotonic()\n",
    "            began = time.monotonic()\n"
    "            if self.progress.batches >= 1:\n"
    "                from pyspark.sql import functions as f\n"
    "                frame = frame.withColumn('value', f.lit(b'd|mobile|1767225600000|9'))\n",
)


@pytest.mark.parametrize(
    ("change", "exact"),
    [
        pytest.param(CRASHES_AT_START, True, id="crashes at start"),
        pytest.param(COUNTS_WRONGLY, True, id="counts wrongly"),
        pytest.param(CRASHES_AT_ITS_FIFTH_BATCH, True, id="crashes at its fifth batch"),
        pytest.param(COUNTS_WRONGLY_LATER, False, id="counts wrongly later"),
    ],
)
def test_a_bad_release_is_rolled_back_by_itself(
    operated: Operated, change: Callable[[Path], object], exact: bool, seed: int
) -> None:
    """Under load. What a release counted wrongly after its takeover is named, not hidden."""
    good = operated.release()
    bad = operated.release(change)
    operated.deployment.send([b"d|mobile|1767225600000|1"] * 500)
    operated.deployment.await_applied()
    with operated.load(RATE, seed=seed):
        outcome, _ = operated.verbs.deploy(operated.ask(bad.release_name), bad.release_name)
    assert (outcome.state, outcome.exit_code) == ("rolled_back", ExitCode.ROLLED_BACK), outcome
    assert operated.writer().release_name == good.release_name
    with connected(operated.settings, Role.READER) as connection:
        assert find_release(connection, bad.release_name).verdict == "bad"
        assert find_release(connection, good.release_name).verdict == "good"
    if exact:
        operated.deployment.assert_exact()
    else:
        assert "counts wrongly" in outcome.lines[0]
