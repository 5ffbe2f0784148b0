"""Where uv is missing it is installed once, as a whole."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from infra import uv
from infra.uv import VERSION, find_uv

pytestmark = pytest.mark.unit


class Installer:
    """Notes what is run; from ``breaks_at`` on nothing succeeds."""

    def __init__(self) -> None:
        self.ran: list[list[str]] = []
        self.breaks_at = 99

    def run(self, command: list[str | Path], failure: str, advice: str) -> None:
        self.ran.append([str(word) for word in command])
        if len(self.ran) >= self.breaks_at:
            raise ConfigurationError(failure, next_step=advice)


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> Installer:
    """A machine without uv."""
    found = Installer()
    monkeypatch.setattr(uv, "run_installer", found.run)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    return found


def installed_into(folder: Path) -> list[list[str]]:
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--force-reinstall"]
    return [[sys.executable, "-m", "venv", str(folder)], [*pip, f"uv=={VERSION}"]]


def test_the_machines_own_comes_first(
    tmp_path: Path, installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".uv").mkdir()
    (tmp_path / ".uv" / f"installed-{VERSION}").touch()
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert find_uv(tmp_path) == Path("/usr/bin/uv")
    assert installer.ran == []


def test_where_it_is_missing_it_is_installed_once(tmp_path: Path, installer: Installer) -> None:
    (tmp_path / ".uv").mkdir()  # as venv makes it
    assert [find_uv(tmp_path) for _ in range(2)] == [tmp_path / ".uv" / "bin" / "uv"] * 2
    assert installer.ran == installed_into(tmp_path / ".uv")


def test_another_version_is_replaced(
    tmp_path: Path, installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".uv").mkdir()
    monkeypatch.setattr(uv, "VERSION", "0.0.1")
    find_uv(tmp_path)
    monkeypatch.setattr(uv, "VERSION", VERSION)
    find_uv(tmp_path)
    assert installer.ran[2:] == installed_into(tmp_path / ".uv")


@pytest.mark.parametrize(("breaks_at", "words"), [(1, "No place for uv"), (2, "could not be")])
def test_half_an_installation_is_made_again(
    tmp_path: Path, installer: Installer, breaks_at: int, words: str
) -> None:
    (tmp_path / ".uv").mkdir()
    installer.breaks_at = breaks_at
    with pytest.raises(ConfigurationError, match=words) as refused:
        find_uv(tmp_path)
    assert "put it on PATH" in str(refused.value)
    installer.breaks_at, installer.ran = 99, []
    find_uv(tmp_path)
    assert installer.ran == installed_into(tmp_path / ".uv")
