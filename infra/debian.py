"""Installs missing system packages where that is ours to do: as root on Debian or Ubuntu."""

import os
import shutil
import subprocess


def can_install() -> bool:
    """Whether ``install`` may be tried."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(alternatives: tuple[str, ...]) -> bool:
    """Install the first of these packages that the distribution has; whether one was."""
    return any(_installed(package) for package in alternatives)


def update_lists() -> bool:
    """Fetch the package lists; a fresh container has none."""
    return _apt_get("update")


def _installed(package: str) -> bool:
    return _apt_get("install", "-y", "--no-install-recommends", package)


def _apt_get(*arguments: str) -> bool:
    done = subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0
