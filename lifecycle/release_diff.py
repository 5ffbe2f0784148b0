"""What changed from one release to another, in words, and what it means for figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
    changes = list(_versions(old, new))
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
        ("Python", old.python, new.python, False),
    )
    for part, before, after, figures in pairs:
        if before != after:
            yield Change(part, (f"{before} -> {after}",), figures)


def _contents(folder: Path) -> dict[str, bytes]:
    if not folder.exists():
        return {}
    return {str(path.relative_to(folder)): path.read_bytes() for path in program_files(folder)}


def _part_of(name: str) -> str:
    return next(prefix for prefix, _, _ in PARTS if name.startswith(prefix))
