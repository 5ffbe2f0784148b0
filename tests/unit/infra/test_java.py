"""Which Java is taken."""

import shutil
from pathlib import Path

import pytest

from infra import java

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16 LTS', 25),
        ('java version "1.8.0_402"', 8),
        ("Error: no such thing", 0),
    ],
)
def test_major_version_is_read(text: str, major: int) -> None:
    assert java.parse_version(text) == major


def fake_java(home: Path, version: str) -> Path:
    """A ``java`` that says it is ``version``."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return home


def test_an_old_java_home_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", "11.0.2")))
    on_path = fake_java(tmp_path / "new", "21.0.1")
    monkeypatch.setenv("PATH", str(on_path / "bin"), prepend=":")
    assert java.find_java() == on_path


def test_java_home_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = fake_java(tmp_path / "chosen", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(chosen))
    monkeypatch.setenv("PATH", str(fake_java(tmp_path / "other", "21.0.1") / "bin"), prepend=":")
    assert java.find_java() == chosen


def test_the_usual_folders_are_searched_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    fake_java(tmp_path / "jdk-11", "11.0.2")
    right = fake_java(tmp_path / "jdk-17", "17.0.2")
    fake_java(tmp_path / "jdk-25", "25")
    monkeypatch.setattr(java, "USUAL_FOLDERS", (str(tmp_path),))
    assert java.find_java() == right


def test_none_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(java, "USUAL_FOLDERS", ())
    assert java.find_java() is None
