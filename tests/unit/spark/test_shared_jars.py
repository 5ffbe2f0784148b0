"""Spark's jars under one path, for one class archive."""

import os
import tempfile
from pathlib import Path

import pytest

from clickledger.spark.shared_jars import KEPT, shared_jars

pytestmark = pytest.mark.unit


def environment(place: Path, **sizes: int) -> Path:
    """A folder of jars as an environment has it."""
    place.mkdir()
    for name, size in sizes.items():
        (place / f"{name}.jar").write_bytes(b"x" * size)
    return place


def test_two_environments_with_the_same_jars_share_one_folder(tmp_path: Path) -> None:
    home = environment(tmp_path / "home")
    first, second = (environment(tmp_path / name, core=3, sql=4) for name in ("a", "b"))
    found = shared_jars(first, home)
    assert found.parent == home
    assert shared_jars(second, home) == found
    assert sorted(path.name for path in found.iterdir()) == ["core.jar", "sql.jar"]
    assert [path.name for path in home.iterdir()] == [found.name]
    assert (found / "sql.jar").samefile(first / "sql.jar")  # no disk is used twice


def test_other_jars_have_a_folder_of_their_own(tmp_path: Path) -> None:
    home = environment(tmp_path / "home")
    old, new = environment(tmp_path / "a", core=3), environment(tmp_path / "b", core=4)
    assert shared_jars(old, home) != shared_jars(new, home)


def test_the_environment_may_go(tmp_path: Path) -> None:
    home, own = environment(tmp_path / "home"), environment(tmp_path / "a", core=3)
    found = shared_jars(own, home)
    (own / "core.jar").unlink()
    assert (found / "core.jar").read_bytes() == b"xxx"


def test_the_folder_used_last_stays(tmp_path: Path) -> None:
    home = environment(tmp_path / "home")
    own = [environment(tmp_path / f"e{n}", core=n) for n in range(KEPT + 1)]
    first, *others = [shared_jars(each, home) for each in own[:KEPT]]
    for age, folder in enumerate(others):
        os.utime(folder, (age, age))
    assert shared_jars(own[0], home) == first  # and is the youngest again
    last = shared_jars(own[KEPT], home)
    assert set(home.iterdir()) == {first, *others[1:], last}


@pytest.mark.parametrize("trouble", ["another disk", "not ours to write"])
def test_where_it_cannot_be_had_the_environments_own_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    home, own = environment(tmp_path / "home"), environment(tmp_path / "a", core=3)
    if trouble == "another disk":

        def refuse(path: Path, target: Path) -> None:
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    else:

        def taken(**_: object) -> str:
            raise PermissionError

        monkeypatch.setattr(tempfile, "mkdtemp", taken)
    assert shared_jars(own, home) == own
    assert list(home.iterdir()) == []
