"""An environment for each lock: made once, whole or not at all, and not with other packages."""

import hashlib
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from lifecycle import environments
from lifecycle.environments import ensure_environment, environment_python, interpreter_of

pytestmark = pytest.mark.unit


def checkout(folder: Path, version: str) -> Path:
    """One whose lock holds that version of a toy package, for the real uv."""
    wheel = folder / f"toy-{version}-py3-none-any.whl"
    info = f"toy-{version}.dist-info"
    folder.mkdir()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("toy.py", f"VERSION = {version!r}\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: toy\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "infra" / "locks").mkdir(parents=True)
    lock = f"toy @ {wheel.as_uri()} --hash=sha256:{digest}\n"
    (folder / "infra" / "locks" / "runtime.txt").write_text(lock)
    return folder


def said(python: Path, question: str) -> str:
    done = subprocess.run([python, "-c", question], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def made(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "releases" / "environments").iterdir())


def test_two_locks_have_two_environments_and_the_same_lock_has_one(tmp_path: Path) -> None:
    one, same, other = (
        checkout(tmp_path / name, version)
        for name, version in (("a", "1.0"), ("b", "1.0"), ("c", "1.1"))
    )
    (same / "infra/locks/runtime.txt").write_bytes((one / "infra/locks/runtime.txt").read_bytes())
    home = tmp_path / "home"
    old, new = ensure_environment(home, one), ensure_environment(home, other)
    assert ensure_environment(home, same) == old == environment_python(home, one)
    assert len(made(home)) == 2
    question = "import sys, toy; print(toy.VERSION, sys.prefix)"
    assert said(old, question) == f"1.0 {old.parents[1]}"
    assert said(new, question) == f"1.1 {new.parents[1]}"
    assert interpreter_of(str(old)) == interpreter_of(str(new)) == environments.INTERPRETER
    assert interpreter_of("/usr/bin/python3") == "/usr/bin/python3"


def test_it_is_made_once_and_again_where_its_python_is_gone(tmp_path: Path) -> None:
    source, home = checkout(tmp_path / "a", "1.0"), tmp_path / "home"
    python = ensure_environment(home, source)
    mark = python.parents[1] / "mark"
    mark.touch()
    ensure_environment(home, source)
    assert mark.exists()
    python.unlink()
    python.symlink_to("/no/such/python")
    assert said(ensure_environment(home, source), "import toy; print(toy.VERSION)") == "1.0"
    assert not mark.exists()
    assert len(made(home)) == 1


def test_one_that_was_interrupted_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, home = checkout(tmp_path / "a", "1.0"), tmp_path / "home"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(environments, "_put", killed)
        with pytest.raises(KeyboardInterrupt):
            ensure_environment(home, source)
    assert made(home) == []
    assert said(ensure_environment(home, source), "import toy; print(toy.VERSION)") == "1.0"


def test_by_several_at_once_it_is_one(tmp_path: Path) -> None:
    source, home = checkout(tmp_path / "a", "1.0"), tmp_path / "home"
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ensure_environment, home, source) for _ in range(4)]
        found = {each.result() for each in asked}
    assert found == {environment_python(home, source)}
    assert len(made(home)) == 1


def test_without_uv_ours_is_taken_if_its_packages_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an image."""
    ours = checkout(tmp_path / "ours", "1.0")
    python = ensure_environment(tmp_path / "home", ours)
    digest = hashlib.sha256((ours / "infra/locks/runtime.txt").read_bytes()).hexdigest()
    (python.parents[1] / "installed-lock").write_text(f"runtime\n{digest}\n{ours}\n")
    monkeypatch.setattr(environments, "CHECKOUT", ours)
    monkeypatch.setattr("sys.prefix", str(python.parents[1]))
    monkeypatch.setattr(environments, "present_uv", lambda _: None)

    copied = ensure_environment(tmp_path / "volume", ours)
    assert said(copied, "import sys, toy; print(sys.prefix)") == str(copied.parents[1])
    assert not (copied.parents[1] / "installed-lock").exists()
    with pytest.raises(ConfigurationError, match=r"are others\. There is no uv here"):
        ensure_environment(tmp_path / "volume", checkout(tmp_path / "other", "1.1"))
    (python.parents[1] / "installed-lock").write_text("changing\n")  # a half-made one has not
    with pytest.raises(ConfigurationError, match="put uv on PATH"):
        ensure_environment(tmp_path / "next", ours)


def test_what_uv_cannot_get_is_said(tmp_path: Path) -> None:
    gone = checkout(tmp_path / "a", "1.0")
    (gone / "toy-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ConfigurationError, match=r"(?s)No environment for .* uv failed:.*toy-1"):
        ensure_environment(tmp_path / "home", gone)
    with pytest.raises(ConfigurationError, match="no lock of packages"):
        ensure_environment(tmp_path / "home", tmp_path)
    assert made(tmp_path / "home") == []
