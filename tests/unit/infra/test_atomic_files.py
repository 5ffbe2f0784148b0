"""Files and folders are complete or as they were."""

from pathlib import Path

import pytest

from infra.atomic_files import folder_in_one_go, write_file

pytestmark = pytest.mark.unit


def test_a_file_is_its_owners_alone_unless_said_otherwise(tmp_path: Path) -> None:
    write_file(tmp_path / "private", "x")
    write_file(tmp_path / "open", "x", mode=0o644)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"private": 0o600, "open": 0o644}


def test_a_reader_of_the_old_file_keeps_it(tmp_path: Path) -> None:
    write_file(tmp_path / "file", "old")
    with (tmp_path / "file").open() as reader:
        write_file(tmp_path / "file", "new")
        assert reader.read() == "old"
    assert (tmp_path / "file").read_text() == "new"


def test_a_folder_appears_when_it_is_full(tmp_path: Path) -> None:
    with folder_in_one_go(tmp_path / "data") as folder:
        (folder / "file").write_text("x")
        assert not (tmp_path / "data").exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["data", "file"]


def test_a_folder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with folder_in_one_go(tmp_path / "data") as folder:
            (folder / "file").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_thrown_away(tmp_path: Path) -> None:
    with folder_in_one_go(tmp_path / "data") as folder:
        name = folder.name
    (tmp_path / "data").rename(tmp_path / name)  # as if killed before the last step
    (tmp_path / name / "half a file").touch()
    with folder_in_one_go(tmp_path / "data"):
        pass
    assert list((tmp_path / "data").iterdir()) == []
