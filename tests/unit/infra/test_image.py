"""The Dockerfile: takes what is there, leaves out what an image must not hold, runs as nobody."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clickledger import release
from clickledger.settings import CHECKOUT
from tests.unit.infra.composition import instructions

pytestmark = pytest.mark.unit


def copies() -> list[list[str]]:
    """The words of each COPY from the checkout: sources, then the target."""
    return [
        words for keyword, words in instructions() if keyword == "COPY" and "--from" not in words[0]
    ]


def ignored(file: str) -> set[str]:
    """Its patterns, in the form that Git and Docker share."""
    lines = (CHECKOUT / file).read_text(encoding="utf-8").splitlines()
    return {line.removeprefix("**/").rstrip("/") for line in lines if line and line[0] != "#"}


def test_every_source_is_there_and_not_left_out() -> None:
    sources = {source for *found, _ in copies() for source in found}
    assert all((CHECKOUT / source).exists() for source in sources)
    folders = {source.partition("/")[0] for source in sources} - {"."}
    assert folders == {"infra", "clickledger"}
    assert not folders & ignored(".dockerignore")


def test_stages_that_are_copied_from_exist() -> None:
    stages = {words[-1] for keyword, words in instructions() if keyword == "FROM"}
    used = {
        words[0].partition("=")[2]
        for keyword, words in instructions()
        if keyword == "COPY" and words[0].startswith("--from=")
    }
    assert used <= stages


def test_what_git_ignores_stays_outside_and_git_itself_too() -> None:
    """A folder that only one machine has may hold passwords."""
    left_out = {re.sub(r"\.env\*$", ".env", pattern) for pattern in ignored(".dockerignore")}
    assert left_out >= ignored(".gitignore") | {".git"}


def test_the_bases_are_pinned_and_the_last_stage_runs_as_nobody() -> None:
    bases = [words[0] for keyword, words in instructions() if keyword == "FROM"]
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", bases[0])
    assert set(bases[1:]) <= {"base", "packages"}
    assert instructions()[-1] == ("USER", ["clickledger"])


def test_the_first_copied_files_are_enough_to_make_the_environment(tmp_path: Path) -> None:
    """So the large layer of packages is made again only when the lock changes."""
    for *sources, target in copies():
        if target != ".":
            (tmp_path / target).mkdir(parents=True, exist_ok=True)
            for source in sources:
                shutil.copy(CHECKOUT / source, tmp_path / target)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import infra.bootstrap as b; print(b.stamp_of(b.CHECKOUT, 'runtime'))",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("runtime\n"), done.stderr


def test_an_image_says_which_release_it_is(tmp_path: Path) -> None:
    """It has no Git to ask."""
    (build,) = [words for keyword, words in instructions() if "version.txt" in words]
    assert build[:4] == ["echo", '"$VERSION"', ">", release.VERSION_FILE]
    (tmp_path / release.VERSION_FILE).write_text("v1-3-gabc\n")
    assert release.version_of(tmp_path) == "v1-3-gabc"
