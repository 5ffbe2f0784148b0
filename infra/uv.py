"""The package installer: the machine's uv, or one in ``.uv``. Standard library only."""

import shutil
import sys
from pathlib import Path

from clickledger.packages import run_installer
from infra.steps import step

VERSION = "0.13.9"


def find_uv(checkout: Path) -> Path:
    """uv of the machine; where it has none, our own, installed when that is missing too."""
    if on_path := shutil.which("uv"):
        return Path(on_path)
    folder = checkout / ".uv"
    complete = folder / f"installed-{VERSION}"
    if not complete.exists():
        with step("Installing uv into .uv") as running:
            _install(folder)
            complete.touch()
            running.outcome = VERSION
    return folder / "bin" / "uv"


def _install(folder: Path) -> None:
    advice = "install uv yourself and put it on PATH"
    run_installer([sys.executable, "-m", "venv", folder], "No place for uv could be made", advice)
    pip = folder / "bin" / "pip"
    run_installer(
        [pip, "install", "--quiet", "--force-reinstall", f"uv=={VERSION}"],
        "uv could not be installed",
        advice,
    )
