"""Which code is running: a name for people, a fingerprint for comparisons."""

import hashlib
import subprocess
from importlib.metadata import version
from pathlib import Path

from clickledger.settings import CHECKOUT, Settings

# What can change a figure. Spark compares schemas, not meaning, so we keep a fingerprint ourselves.
TRANSFORM_CODE = ("clickledger/contract", "clickledger/transforms")
FIGURE_CODE = (
    *TRANSFORM_CODE,
    "clickledger/clock.py",
    "clickledger/ledger",
    "clickledger/mysql/literals.py",
    "clickledger/spark",
    "sql/sink",
    "streaming",
)
# Spark judges; its groups come to the driver by pyarrow and go to the tables by PyMySQL.
TRANSFORM_PACKAGES = ("pyspark",)
FIGURE_PACKAGES = (*TRANSFORM_PACKAGES, "pyarrow", "PyMySQL")

VERSION_FILE = "version.txt"  # an image has no Git: its build writes this


def release_name(settings: Settings) -> str:
    """The release that settings name, else the version of this checkout."""
    return settings.release or version_of(CHECKOUT)


def version_of(checkout: Path) -> str:
    """What the image's build wrote into it, else Git's description of it."""
    written = checkout / VERSION_FILE
    if written.exists():
        return written.read_text(encoding="utf-8").strip()
    answer = subprocess.run(
        ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--tags"],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    return answer.stdout.strip() or "unversioned"


def code_fingerprint() -> str:
    """SHA-256, in hex, over the code that can change a figure, and the versions of its packages."""
    return _fingerprint(FIGURE_CODE, FIGURE_PACKAGES)


def transforms_fingerprint() -> str:
    """The same over what decides a record's verdict and minute, and nothing else."""
    return _fingerprint(TRANSFORM_CODE, TRANSFORM_PACKAGES)


def _fingerprint(places: tuple[str, ...], packages: tuple[str, ...]) -> str:
    content = hashlib.sha256()
    for package in packages:
        content.update(f"{package} {version(package)}\0".encode())
    for place in places:
        for path in _files(CHECKOUT / place):
            content.update(f"{path.relative_to(CHECKOUT)}\0".encode())
            content.update(path.read_bytes())
    return content.hexdigest()


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.suffix in {".py", ".sql"})
