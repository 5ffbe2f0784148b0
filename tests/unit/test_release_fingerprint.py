"""The fingerprint changes with everything that decides a figure, and with nothing else."""

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from clickledger import release
from clickledger.settings import CHECKOUT

pytestmark = pytest.mark.unit


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code that may be changed."""
    for name in ("clickledger", "streaming", "sql"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    monkeypatch.setattr(release, "CHECKOUT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "figures", "transforms"),
    [
        ("clickledger/transforms/judge.py", True, True),
        ("clickledger/contract/rules.py", True, True),
        ("clickledger/spark/kafka_ranges.py", True, False),
        ("streaming/counting.py", True, False),
        ("clickledger/mysql/literals.py", True, False),  # how figures are written
        ("clickledger/clock.py", True, False),
        ("sql/sink/add_minutes.sql", True, False),
        ("sql/stream/heartbeat.sql", False, False),
        ("clickledger/kafka/clients.py", False, False),
    ],
)
def test_what_decides_a_figure(checkout: Path, name: str, figures: bool, transforms: bool) -> None:
    before = release.code_fingerprint(), release.transforms_fingerprint()
    with (checkout / name).open("a") as file:
        file.write("\n")
    after = release.code_fingerprint(), release.transforms_fingerprint()
    assert (after[0] != before[0], after[1] != before[1]) == (figures, transforms)


@pytest.mark.parametrize(
    ("package", "figures", "transforms"),
    [("pyspark", True, True), ("pyarrow", True, False), ("PyMySQL", True, False),
     ("rich", False, False)],
)  # fmt: skip
def test_which_packages_decide_a_figure(
    monkeypatch: pytest.MonkeyPatch, package: str, figures: bool, transforms: bool
) -> None:
    before = release.code_fingerprint(), release.transforms_fingerprint()
    monkeypatch.setattr(
        "clickledger.release.version", lambda name: "0" if name == package else version(name)
    )
    after = release.code_fingerprint(), release.transforms_fingerprint()
    assert (after[0] != before[0], after[1] != before[1]) == (figures, transforms)
