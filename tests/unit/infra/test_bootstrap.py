"""When the environment is made, brought up to date, or left alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra import bootstrap
from infra.bootstrap import CHANGING, ensure_environment, installed_lock, stamp_of, write_command

pytestmark = pytest.mark.unit


class Uv:
    """Stands for uv: notes what is asked of it, and makes an environment that has a Python."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.breaks = False

    def run(self, _: Path, checkout: Path, *arguments: str) -> None:
        if arguments[0] == "venv":
            self.asked.append("venv")
            subprocess.run(
                [sys.executable, "-m", "venv", "--without-pip", "--clear", checkout / ".venv"],
                check=True,
            )
        else:
            self.asked.append(Path(arguments[-1]).stem)
            if self.breaks:
                raise KeyboardInterrupt


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> Uv:
    fake = Uv()
    monkeypatch.setattr(bootstrap, "run_uv", fake.run)
    monkeypatch.setattr(bootstrap, "find_uv", lambda _: Path("uv"))
    return fake


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with two locks and a command line, in a folder with a blank in its name."""
    folder = tmp_path / "my checkout"
    (folder / "infra" / "locks").mkdir(parents=True)
    for lock in ("runtime", "dev"):
        (folder / "infra" / "locks" / f"{lock}.txt").write_text(f"{lock} 1\n")
    (folder / "cli").mkdir()
    (folder / "cli" / "main.py").write_text("def main(): print('hello'); return 7\n")
    return folder


def stamp(checkout: Path) -> str:
    return (checkout / ".venv" / "installed-lock").read_text()


def test_made_once(uv: Uv, checkout: Path) -> None:
    ensure_environment(checkout, "runtime")
    ensure_environment(checkout, "runtime")
    assert uv.asked == ["venv", "runtime"]
    assert stamp(checkout) == stamp_of(checkout, "runtime")


def test_tests_add_packages_and_running_does_not_take_them_away(uv: Uv, checkout: Path) -> None:
    for wanted in ("runtime", "dev", "runtime"):
        ensure_environment(checkout, wanted)
    assert uv.asked == ["venv", "runtime", "dev"]
    assert installed_lock(checkout) == "dev"


def test_a_changed_lock_is_followed_as_far_as_it_was_installed(uv: Uv, checkout: Path) -> None:
    ensure_environment(checkout, "dev")
    (checkout / "infra" / "locks" / "dev.txt").write_text("dev 2\n")
    ensure_environment(checkout, "runtime")
    assert uv.asked == ["venv", "dev", "dev"]


def test_an_interrupted_installation_starts_anew(uv: Uv, checkout: Path) -> None:
    ensure_environment(checkout, "runtime")
    uv.breaks = True
    with pytest.raises(KeyboardInterrupt):
        ensure_environment(checkout, "dev")
    assert stamp(checkout) == CHANGING
    uv.breaks = False
    uv.asked.clear()
    ensure_environment(checkout, "dev")
    assert uv.asked == ["venv", "dev"]


def test_an_environment_that_was_moved_here_is_made_anew(uv: Uv, checkout: Path) -> None:
    ensure_environment(checkout, "runtime")
    elsewhere = checkout.with_name("moved")
    checkout.rename(elsewhere)
    uv.asked.clear()
    ensure_environment(elsewhere, "runtime")
    assert uv.asked == ["venv", "runtime"]


def test_the_command_runs_the_checkouts_own_code(uv: Uv, checkout: Path, tmp_path: Path) -> None:
    ensure_environment(checkout, "runtime")
    command = checkout / ".venv" / "bin" / "clickledger"
    done = subprocess.run([command], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (7, "hello\n")
    linked = tmp_path / "clicks"
    linked.symlink_to(command)
    assert subprocess.run([linked], capture_output=True, check=False).returncode == 7


def test_the_command_is_written_once(uv: Uv, checkout: Path) -> None:
    ensure_environment(checkout, "runtime")
    command = checkout / ".venv" / "bin" / "clickledger"
    before = command.stat().st_mtime_ns
    write_command(checkout)
    assert command.stat().st_mtime_ns == before
