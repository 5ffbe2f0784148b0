"""Packages: the locks that say which, and uv, which installs them. Standard library only."""

import hashlib
import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

from clickledger.errors import ConfigurationError

LOCKS_FOLDER = "infra/locks"
LOCKS = ("runtime", "dev")  # each holds all of the one before it
STAMP = "installed-lock"  # a file in an environment: name and digest of its lock, its place
PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)
UNTRUSTED = "invalid peer certificate"  # uv does not know who vouches for that server


def lock_file(checkout: Path, lock: str = "runtime") -> Path:
    """Where a lock is."""
    return checkout / LOCKS_FOLDER / f"{lock}.txt"


def lock_digest(checkout: Path, lock: str = "runtime") -> str:
    """SHA-256, in hex, of all that it says.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return hashlib.sha256(lock_file(checkout, lock).read_bytes()).hexdigest()
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no lock of packages in {checkout}.", next_step="name a checkout"
        ) from None


def installed_digest(environment: Path, checkout: Path) -> str:
    """Digest of the runtime lock whose packages all are in ``environment``; empty: unknown."""
    try:
        name, digest = (environment / STAMP).read_text(encoding="utf-8").split("\n")[:2]
        whole = name in LOCKS and digest == lock_digest(checkout, name)
        return lock_digest(checkout) if whole else ""
    except (FileNotFoundError, ConfigurationError):
        return ""


def pinned_versions(lock: str) -> dict[str, str]:
    """Versions by package; a package may have several, by platform."""
    found: dict[str, set[str]] = {}
    for name, version in PINNED.findall(lock):
        found.setdefault(name, set()).add(version)
    return {name: " or ".join(sorted(versions)) for name, versions in found.items()}


def present_uv(checkout: Path) -> Path | None:
    """uv of the machine, else the checkout's own; ``None``: there is none."""
    own = checkout / ".uv" / "bin" / "uv"
    on_path = shutil.which("uv") or (str(own) if own.exists() else None)
    return Path(on_path) if on_path else None


def run_uv(uv: Path, folder: Path, *arguments: str) -> None:
    """Run uv in a folder.

    Behind a proxy that signs for the servers it stands for, only the machine knows whom to trust:
    uv is told to ask it where its own list does not do.

    Raises:
        ConfigurationError: with what uv said.
    """
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    command: list[str | Path] = [uv, "--no-progress", *arguments]
    run = partial(run_installer, command, "uv failed", "mend that and run it again", cwd=folder)
    try:
        run(env=environment)
    except ConfigurationError as error:
        if UNTRUSTED not in str(error):
            raise
        run(env={**environment, "UV_SYSTEM_CERTS": "true"})


def run_installer(
    command: list[str | Path],
    failure: str,
    advice: str,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> None:
    """Run a command of an installer to its end.

    Raises:
        ConfigurationError: with what it said.
    """
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise ConfigurationError(f"{failure}:\n{said}\n", next_step=advice)
