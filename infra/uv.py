"""The package installer: the machine's uv, or one in ``.uv``. Standard library only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from clickledger.errors import ConfigurationError
from infra.steps import step

VERSION = "0.13.9"


def run_uv(uv: Path, checkout: Path, *arguments: str) -> None:
    """Run uv in the checkout.

    Raises:
        ConfigurationError: with what uv said.
    """
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    command: list[str | Path] = [uv, "--no-progress", *arguments]
    _run(command, "uv failed", "mend that and run it again", cwd=checkout, env=environment)


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
    _run([sys.executable, "-m", "venv", folder], "No place for uv could be made", advice)
    pip = folder / "bin" / "pip"
    _run(
        [pip, "install", "--quiet", "--force-reinstall", f"uv=={VERSION}"],
        "uv could not be installed",
        advice,
    )


def _run(
    command: list[str | Path],
    failure: str,
    advice: str,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> None:
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
