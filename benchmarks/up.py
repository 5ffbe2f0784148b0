"""From a clean clone to the first click that a reader sees, and a second start."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pymysql

from benchmarks.bench_stack import BenchStack
from benchmarks.errors import ContenderError
from benchmarks.figures import median, shown, table
from benchmarks.machine import await_quiet
from clickledger.errors import ClickledgerError
from clickledger.mysql.connection import connected, fetch_one
from clickledger.settings import CHECKOUT, SECRETS_FILE, Role, Settings, load_settings
from infra.secrets_file import read_secrets, with_secrets
from infra.steps import step

PORT_BASE = 20090  # nobody else's: tests, benchmarks and the default lie below
POLL_S = 0.1
TIMEOUT_S = 900.0
FIRST_TARGET_S, SECOND_TARGET_S = 120.0, 45.0
COUNTED = "SELECT 1 FROM stream_batches WHERE applied_at > %s AND accepted > 0 LIMIT 1"


@dataclass(frozen=True)
class UpResult:
    """One clone: seconds to the first click that is seen and to the end of each command."""

    round: int
    first_click_s: float
    up_s: float
    down_s: float
    second_click_s: float
    second_up_s: float


def up(stack: BenchStack, rounds: int, quiet_wait_s: float) -> Iterator[UpResult]:
    """A new clone each time; caches of packages and jars are warm after the first one.

    Raises:
        ContenderError: a command failed, the audit among them.
    """
    for number in range(1, rounds + 1):
        with step(f"A clean clone, {number} of {rounds}") as said:
            await_quiet(quiet_wait_s)
            with _clone(stack.settings.home / "clone") as clone:
                result = _measured(clone, number)
            said.outcome = f"first click after {result.first_click_s:.1f} s"
        yield result


@dataclass(frozen=True)
class Clone:
    """A checkout with all of its own data inside."""

    folder: Path

    @property
    def settings(self) -> Settings:
        """As its commands see them, with the secrets that its first start made."""
        home = self.folder / ".local"
        return with_secrets(
            load_settings(home=home, port_base=PORT_BASE), read_secrets(home / SECRETS_FILE)
        )

    def run(self, *command: str) -> float:
        """A command of its README; how long it took."""
        began = time.monotonic()
        with self.started(*command):
            pass
        return time.monotonic() - began

    @contextmanager
    def started(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """The same, and meanwhile the block; the command must succeed."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CLICKLEDGER")
        }
        log = self.folder.with_suffix(".log")
        with log.open("ab") as out:
            running = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment | {"CLICKLEDGER_PORT_BASE": str(PORT_BASE)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
            try:
                yield running
                code = running.wait(TIMEOUT_S)
            except BaseException:
                running.terminate()
                running.wait()
                raise
        if code:
            end = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise ContenderError(f"`{' '.join(command)}` ended with {code}:\n{end}")

    def has_counted(self, since: datetime) -> bool:
        """Whether a reader sees a click that was counted later; no while nobody answers."""
        try:
            with connected(self.settings, Role.READER) as connection:
                return fetch_one(connection, COUNTED, (since,)) is not None
        except (pymysql.MySQLError, ClickledgerError):
            return False


@contextmanager
def _clone(folder: Path) -> Iterator[Clone]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".log").unlink(missing_ok=True)
    subprocess.run(["git", "clone", "--quiet", CHECKOUT, folder], check=True)
    clone = Clone(folder)
    try:
        yield clone
    finally:
        if (folder / ".local").exists():
            clone.run("make", "down")
        shutil.rmtree(folder)


def _measured(clone: Clone, number: int) -> UpResult:
    first_click_s, up_s = _up(clone)
    clone.run(".venv/bin/clickledger", "ledger", "audit")
    down_s = clone.run("make", "down")
    second_click_s, second_up_s = _up(clone)
    clone.run(".venv/bin/clickledger", "ledger", "audit")
    return UpResult(number, first_click_s, up_s, down_s, second_click_s, second_up_s)


def _up(clone: Clone) -> tuple[float, float]:
    """Seconds of `make up` until a new click is counted and until it says that all is there."""
    began, since = time.monotonic(), datetime.now(UTC).replace(tzinfo=None)
    with clone.started("make", "up") as running:
        while not clone.has_counted(since):
            if running.poll():
                break  # `started` says why
            if time.monotonic() - began > TIMEOUT_S:
                raise ContenderError(f"`make up` showed no click within {TIMEOUT_S:.0f} s.")
            time.sleep(POLL_S)
        seen_s = time.monotonic() - began
    return seen_s, time.monotonic() - began


def page(results: Sequence[UpResult]) -> str:
    """Medians and each run, beside what is wanted."""

    def row(what: str, name: str, target_s: float | None) -> list[str]:
        seconds = [getattr(each, name) for each in results]
        within = "" if target_s is None else "yes" if max(seconds) <= target_s else "NO"
        every = " ".join(f"{each:.1f}" for each in seconds)
        goal = "" if target_s is None else f"{target_s:g}"
        return [what, shown(median(seconds), 1), every, goal, within]

    rows = [
        row("`make up` → first click in MySQL", "first_click_s", FIRST_TARGET_S),
        row("`make up` → its table, Airflow and all", "up_s", None),
        row("`make down`", "down_s", None),
        row("`make up` again → first new click", "second_click_s", None),
        row("`make up` again → its table", "second_up_s", SECOND_TARGET_S),
    ]
    header = ("from a clean clone", "median, s", "each, s", "goal, s", "each within")
    return (
        "`git clone` itself is not counted; caches of packages and jars are warm, data and"
        " environment are not there. The clone's traffic is on, its audit is clean after each"
        f" start. The benchmarks' own idle servers run beside it.\n\n{table(header, rows)}"
    )
