"""Jars from Maven Central through PySpark's own Ivy, each checked against ``jars/checksums.txt``.

``python -m infra.jars`` writes that list again after a change of ``jars/ivy.xml``.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from clickledger.errors import ConfigurationError
from clickledger.settings import CHECKOUT, load_settings
from infra.atomic_files import write_file
from infra.ivy import CONFIGURATIONS, fetch
from infra.steps import Step, step

CHECKSUMS = CHECKOUT / "infra" / "jars" / "checksums.txt"
NOTE = "verified.json"
HEADER = "# Written by: python -m infra.jars. What is not listed here, or differs, is refused.\n"


@dataclass(frozen=True)
class JarFolder:
    """``<home>/jars``: a folder a configuration, and a note of what has been verified there."""

    path: Path

    def ensure(self, configurations: Sequence[str], cache: Path, step: Step) -> int:
        """Have every listed jar of these configurations in place; how many were fetched.

        Raises:
            ConfigurationError: a jar is not what the list says, or is not on it; or no download.
        """
        wanted = of_configurations(read_checksums(CHECKSUMS), configurations)
        self.path.mkdir(parents=True, exist_ok=True)
        self._remove_outdated(wanted, configurations)
        self._verify(wanted, configurations)
        missing = sorted(wanted.keys() - jars_in(self.path, configurations))
        if missing:
            self._fetch(missing, wanted, cache, step)
            self._verify(wanted, configurations)
        return len(missing)

    def _fetch(
        self, missing: list[str], wanted: Mapping[str, str], cache: Path, step: Step
    ) -> None:
        configurations = sorted({name.partition("/")[0] for name in missing})
        folder = self.path / ".fetched"
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier run that was interrupted
        folder.mkdir()
        fetch(folder, configurations, cache, step)
        for name in sorted(jars_in(folder, configurations)):
            check(folder / name, wanted.get(name))
        for name in missing:
            (self.path / name).parent.mkdir(exist_ok=True)
            (folder / name).rename(self.path / name)
        shutil.rmtree(folder)

    def _verify(self, wanted: Mapping[str, str], configurations: Iterable[str]) -> None:
        """Hash what is new or touched; for the rest the size and time of the last look do."""
        known = self._note()
        note = dict(known)
        for name in jars_in(self.path, configurations):
            mark = [_mark(self.path / name), wanted.get(name)]
            if known.get(name) != mark:
                check(self.path / name, wanted.get(name))
            note[name] = mark
        if note != known:
            write_file(self.path / NOTE, json.dumps(note, indent=1))

    def _remove_outdated(self, wanted: Mapping[str, str], configurations: Iterable[str]) -> None:
        """Delete what an earlier version of the list put here, and only that."""
        note = self._note()
        for name in jars_in(self.path, configurations):
            mark, checksum = note.get(name, ("", None))
            if wanted.get(name) != checksum and _mark(self.path / name) == mark:
                (self.path / name).unlink()

    def _note(self) -> dict[str, list[str | None]]:
        try:
            note: dict[str, list[str | None]] = json.loads((self.path / NOTE).read_text())
        except (OSError, ValueError):
            return {}
        return note


def check(jar: Path, checksum: str | None) -> None:
    """Refuse a jar that is not on the list (``None``), or not the one that is."""
    if checksum is None:
        raise ConfigurationError(
            f"There is a jar that nobody listed: {jar}.",
            next_step="delete it, or list it (`python -m infra.jars`) and review the change",
        )
    if sha256(jar) != checksum:
        raise ConfigurationError(
            f"The jar {jar} was changed: its SHA-256 is not the one in infra/jars/checksums.txt.",
            next_step="delete it, and Ivy's folder in the cache, then run `make up` again",
        )


def jars_in(folder: Path, configurations: Iterable[str]) -> set[str]:
    """What lies there, as ``configuration/file name``."""
    return {
        f"{configuration}/{jar.name}"
        for configuration in configurations
        if (folder / configuration).is_dir()
        for jar in (folder / configuration).iterdir()
    }


def sha256(path: Path) -> str:
    """The digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_checksums(path: Path) -> dict[str, str]:
    """``configuration/file name`` → SHA-256, from lines as ``sha256sum`` writes them."""
    lines = (line.split() for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name: checksum for checksum, name in lines}


def of_configurations(checksums: Mapping[str, str], wanted: Iterable[str]) -> dict[str, str]:
    """The jars of some configurations only."""
    prefixes = tuple(f"{configuration}/" for configuration in wanted)
    return {name: value for name, value in checksums.items() if name.startswith(prefixes)}


def _mark(jar: Path) -> str:
    status = jar.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def list_again(cache: Path) -> None:
    """Fetch all that ``ivy.xml`` names and write ``checksums.txt`` from it."""
    with step("Fetching jars") as running, TemporaryDirectory() as folder:
        fetch(Path(folder), CONFIGURATIONS, cache, running)
        names = sorted(jars_in(Path(folder), CONFIGURATIONS))
        lines = [f"{sha256(Path(folder) / name)}  {name}\n" for name in names]
        running.outcome = f"{len(lines)} listed in {CHECKSUMS.name}"
    write_file(CHECKSUMS, HEADER + "".join(lines), mode=0o644)


if __name__ == "__main__":
    list_again(load_settings().cache)
