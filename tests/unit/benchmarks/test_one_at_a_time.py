"""Two benchmarks at once would measure each other."""

from pathlib import Path

import pytest

from benchmarks import bench_stack
from benchmarks.bench_stack import LOCK, BenchStack
from clickledger.errors import UsageError
from infra.home_lock import home_lock

pytestmark = pytest.mark.unit


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BenchStack:
    """The servers of a home in which a benchmark runs."""
    monkeypatch.setattr(bench_stack, "HOME", tmp_path)
    return BenchStack()


def test_a_second_one_is_refused_in_one_line(held: BenchStack, tmp_path: Path) -> None:
    running = home_lock(tmp_path, LOCK, "benchmark")
    refused = pytest.raises(UsageError, match=r"^Another benchmark \(process \d+\) is at work")
    with running, refused, held.up(keep=False):
        pass
    assert not (tmp_path / "kafka" / "data").exists()


def test_its_servers_are_not_taken_away(held: BenchStack, tmp_path: Path) -> None:
    with home_lock(tmp_path, LOCK, "benchmark"), pytest.raises(UsageError, match="is at work"):
        held.down()
