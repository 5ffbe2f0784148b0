"""Releases: the program as it was when it was made, in a folder that never changes afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError, UsageError
from clickledger.ledger.rules_versions import effective_rules
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.packages import LOCKS_FOLDER
from clickledger.release import version_of
from clickledger.settings import CHECKOUT, RELEASES_FOLDER, Settings
from clickledger.settings_environment import settings_environment
from lifecycle.environments import ensure_environment

# What a driver runs from, and the lock that says with which packages.
PROGRAM = ("clickledger", "streaming", "lifecycle", "sql", LOCKS_FOLDER)
NOT_OURS = ("dev.txt",)  # a lock that no release is run with
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", *NOT_OURS)
# Asked of the release itself, by its own Python: this checkout's code may say something else.
ABOUT = """
import json
from importlib.metadata import version
from clickledger.contract.rules import CONTRACTS
from clickledger.mysql import migrations
from clickledger.release import code_fingerprint
print(json.dumps({
    "code_fingerprint": code_fingerprint(),
    "spark_version": version("pyspark"),
    "contract_version": max(CONTRACTS),
    "schema_min": max(migrations.known_migrations()),
    "schema_max": getattr(migrations, "NEWEST_USABLE", None),  # releases of before do not say
}))
"""
RULES = """
import sys
from clickledger.ledger.rules_versions import effective_rules
from clickledger.settings import load_settings
print(effective_rules(load_settings(), log_append_time=sys.argv[1] == "LogAppendTime").document())
"""


@dataclass(frozen=True)
class Release:
    """One row of ``releases``.

    ``schema_min`` is the newest migration that it knows, ``schema_max`` the newest that it bears;
    ``None``: any, for migrations only add.
    """

    release_name: str
    folder: str
    python: str
    code_fingerprint: str
    content_fingerprint: str
    spark_version: str
    contract_version: int
    schema_min: int
    schema_max: int | None
    created_at: datetime
    created_by: str
    first_deployed_at: datetime | None
    last_deployed_at: datetime | None
    verdict: str  # new, good, bad
    verdict_reason: str | None


def create_release(
    connection: Connection[Cursor],
    settings: Settings,
    by: str,
    *,
    source: Path = CHECKOUT,
    python: Path | None = None,
) -> Release:
    """Make a release of ``source`` as it is now; the one that is there when nothing changed.

    ``python``: the interpreter that it shall run with, by default one that has the packages of its
    lock, and no others. That is made here where it is missing.

    Raises:
        ConfigurationError: the source is no checkout of this program, its packages are out of
            reach, or its Python cannot run it.
    """
    runs_with = python or ensure_environment(settings.home, source)
    content = content_fingerprint(source, runs_with)
    known = {release.content_fingerprint: release for release in list_releases(connection)}
    if content in known and Path(known[content].folder).exists():
        return known[content]
    name = f"{version_of(source)}-{content[:8]}"
    folder = _copied(source, settings.home / RELEASES_FOLDER / name)
    row = {
        "name": name,
        "folder": str(folder),
        "python": str(runs_with),
        "content_fingerprint": content,
        "by": by,
        **_about(folder, runs_with),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/add_release"), row)
    return find_release(connection, name)


def list_releases(connection: Connection[Cursor]) -> list[Release]:
    """All of them, newest first."""
    return [Release(**row) for row in fetch_all(connection, statement("lifecycle/releases"))]


def find_release(connection: Connection[Cursor], name: str) -> Release:
    """The release of that name.

    Raises:
        UsageError: there is none.
    """
    releases = list_releases(connection)
    for release in releases:
        if release.release_name == name:
            return release
    known = ", ".join(release.release_name for release in releases) or "none yet"
    raise UsageError(
        f"There is no release {name!r}; there are: {known}.",
        next_step="`clickledger release create` makes one of this checkout",
    )


def last_good(connection: Connection[Cursor], other_than: str = "") -> Release | None:
    """The release that was deployed last and found good, leaving one out."""
    good = [
        release
        for release in list_releases(connection)
        if release.verdict == "good" and release.release_name != other_than
    ]
    return max(good, key=lambda release: str(release.last_deployed_at), default=None)


def judge(connection: Connection[Cursor], name: str, verdict: str, reason: str) -> None:
    """Remember how a deployment of the release ended."""
    row = {"name": name, "verdict": verdict, "reason": reason[:1000]}
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/judge_release"), row)


def content_fingerprint(source: Path, python: Path) -> str:
    """SHA-256, in hex, over every file of the program, its lock and its interpreter's path."""
    digest = hashlib.sha256(f"{python}\0".encode())
    for path in program_files(source):
        digest.update(f"{path.relative_to(source)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def program_files(source: Path) -> list[Path]:
    """The files that make up a release, in order."""
    found = [
        path
        for folder in PROGRAM
        for path in (source / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name not in NOT_OURS
    ]
    if not found:
        raise ConfigurationError(f"There is no program in {source}.")
    return sorted(found)


def _copied(source: Path, target: Path) -> Path:
    """In one go: a release is wholly there or not at all."""
    if target.exists():
        return target
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    draft.mkdir(parents=True, mode=0o700)
    try:
        for folder in PROGRAM:
            shutil.copytree(source / folder, draft / folder, ignore=IGNORED)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not target.exists():  # else somebody else was quicker
            raise
    return target


def stated_rules(release: Release, settings: Settings, *, log_append_time: bool) -> dict[str, Any]:
    """The rules that the release would judge events by, under these settings: it says so itself.

    Raises:
        ConfigurationError: its program or its Python is gone, or does not know these settings.
    """
    if _is_this_program(release):  # most are, and a plan need not wait for another Python
        rules = effective_rules(settings, log_append_time=log_append_time)
        ours: dict[str, Any] = json.loads(rules.document())
        return ours
    timestamps = "LogAppendTime" if log_append_time else "CreateTime"
    environment = {
        **{
            name: value for name, value in os.environ.items() if not name.startswith("CLICKLEDGER_")
        },
        **settings_environment(settings),
    }
    return _asked(Path(release.folder), Path(release.python), RULES, timestamps, env=environment)


def _is_this_program(release: Release) -> bool:
    folder, python = Path(release.folder), Path(release.python)
    is_there = folder.is_dir() and os.access(python, os.X_OK)
    return is_there and content_fingerprint(CHECKOUT, python) == release.content_fingerprint


def _about(folder: Path, python: Path) -> dict[str, Any]:
    return _asked(folder, python, ABOUT)


def _asked(
    folder: Path, python: Path, question: str, *words: str, env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    try:
        answer = subprocess.run(
            [python, "-c", question, *words],
            cwd=folder,
            env=env,
            capture_output=True,
            check=False,
            text=True,
        )
    except OSError as error:
        raise ConfigurationError(
            f"The release in {folder} cannot be run: {error}.",
            next_step=f"`clickledger release create --source {folder}` makes its environment again",
        ) from None
    if answer.returncode != 0:
        last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        raise ConfigurationError(
            f"The release does not run with {python}: {last}",
            next_step="name an interpreter that has its packages with --python",
        )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found
