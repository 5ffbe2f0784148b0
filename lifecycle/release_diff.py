"""What changed from one release to another, in words, and what it means for figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clickledger.packages import LOCKS_FOLDER, lock_file, pinned_versions
from lifecycle.environments import interpreter_of
from lifecycle.releases import Release, program_files

# The first prefix that fits names the part. ``figures``: whether figures may change with it; it is
# false only of what a driver never runs, or what by our rules only adds.
PARTS = (
    ("clickledger/contract", "rules of the contract", True),
    ("clickledger/transforms", "transforms", True),
    ("clickledger/spark", "Spark session and Kafka ranges", True),
    ("clickledger/ledger", "fence and ledger", True),
    ("clickledger/settings.py", "settings and their defaults", True),
    ("clickledger/generator", "made-up traffic", False),
    ("clickledger/pages", "pages", False),
    ("clickledger/sending", "sending of events", False),
    ("clickledger", "shared core", True),
    ("streaming", "query and sink", True),
    ("sql/migrations", "schema", False),
    ("sql/sink", "upserts of the sink", True),
    ("sql/ledger", "SQL texts of the ledger", True),
    ("sql/stream", "SQL texts of the driver", True),
    ("sql", "SQL texts that no driver runs", False),
    ("lifecycle", "lifecycle", False),
)
# What a record passes through in a driver; Spark is told by name.
COUNTING = {"kafka-python", "numpy", "pandas", "py4j", "pyarrow", "pymysql"}
SPARK = "pyspark"


@dataclass(frozen=True)
class Change:
    """One part of the program that differs."""

    part: str
    files: tuple[str, ...]
    may_change_figures: bool

    def in_words(self) -> str:
        """One line."""
        meaning = "figures may change" if self.may_change_figures else "figures stay as they are"
        return f"{self.part}: {', '.join(self.files)} ({meaning})"


def diff(old: Release, new: Release) -> list[Change]:
    """Part by part; empty: the same program."""
    changes = [*_versions(old, new), *_packages(Path(old.folder), Path(new.folder))]
    before, after = _contents(Path(old.folder)), _contents(Path(new.folder))
    differing = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    for prefix, part, figures in PARTS:
        here = tuple(name for name in differing if _part_of(name) == prefix)
        if here:
            changes.append(Change(part, here, figures))
    return changes


def _versions(old: Release, new: Release) -> Iterator[Change]:
    pairs = (
        ("Spark", old.spark_version, new.spark_version, True),
        ("contract version", str(old.contract_version), str(new.contract_version), True),
        ("Python", interpreter_of(old.python), interpreter_of(new.python), False),
    )
    for part, before, after, figures in pairs:
        if before != after:
            yield Change(part, (f"{before} -> {after}",), figures)


def _packages(old: Path, new: Path) -> Iterator[Change]:
    before, after = _lock(old), _lock(new)
    if before == after or not new.exists() or not old.exists():
        return
    if not before or not after:
        yield Change("packages", ("one of the two has kept no lock of them",), True)
        return
    versions, now = pinned_versions(before), pinned_versions(after)
    differing = {
        name: f"{name} {versions.get(name, 'new')} -> {now.get(name, 'gone')}"
        for name in sorted(versions.keys() | now.keys())
        if versions.get(name) != now.get(name)
    }
    counting = tuple(differing[name] for name in differing if name in COUNTING)
    others = tuple(differing[name] for name in differing if name not in {*COUNTING, SPARK})
    if counting:
        yield Change("packages that count", counting, True)
    if others:
        yield Change("other packages", others, False)
    if not differing:
        yield Change("packages", ("the same versions, another lock",), False)


def _lock(folder: Path) -> str:
    file = lock_file(folder)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _contents(folder: Path) -> dict[str, bytes]:
    """Of the program; its lock is told package by package."""
    if not folder.exists():
        return {}
    found = {str(path.relative_to(folder)): path for path in program_files(folder)}
    return {
        name: path.read_bytes() for name, path in found.items() if not name.startswith(LOCKS_FOLDER)
    }


def _part_of(name: str) -> str:
    return next(prefix for prefix, _, _ in PARTS if name.startswith(prefix))
