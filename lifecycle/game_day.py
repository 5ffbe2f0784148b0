"""Game day: break the stream on purpose, on a stack that is marked for it, and prove what remains.

Each scenario does one harm, waits until the stream is well again by itself or by watching, and ends
with the audit. What it takes and finds is the report.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import psutil
import pymysql

from clickledger.errors import ConfigurationError, OperationFailedError, UsageError
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import CHECKOUT, GENERATIONS_FOLDER, Role, Settings
from clickledger.settings_environment import settings_environment
from clickledger.waiting import wait_for
from lifecycle.audits import audit_now
from lifecycle.health import HEARTBEAT_IS_OLD_S, Verdict, judge_health, observe
from lifecycle.slots import SlotRow, read_slots, writer_of
from lifecycle.verbs import Verbs
from lifecycle.watch import watch

WELL_WITHIN_S = 180.0
POLL_S = 0.2
WATCH_EVERY_S = 5.0
HEARTBEAT_GROWS_OLD_S = HEARTBEAT_IS_OLD_S + 1
SETTLED_S = 1.5  # more than a heartbeat: one from before the harm proves nothing
WELL = {Verdict.HEALTHY, Verdict.IDLE}
AS_THE_STREAM = {"second-driver", "cut-mysql"}


@dataclass(frozen=True)
class Played:
    """One scenario: what it did, and how long until the stream was well again."""

    scenario: str
    did: str
    well_after_s: float
    epoch_before: int
    epoch_after: int
    audit_ok: bool
    failed_checks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)

    def in_words(self) -> str:
        """One line."""
        audit = "the books balance" if self.audit_ok else f"BROKEN: {', '.join(self.failed_checks)}"
        return (
            f"{self.scenario}: {self.did}; well after {self.well_after_s:.1f} s, epoch"
            f" {self.epoch_before} -> {self.epoch_after}, {audit}"
        )


def play(settings: Settings, verbs: Verbs, name: str) -> Played:
    """Play one scenario.

    Raises:
        ConfigurationError: the stack is not marked for it, or its driver is out of reach.
        UsageError: there is no such scenario.
        OperationFailedError: the stream was not well before, or does not get well again.
    """
    if settings.game_day != "allowed":
        raise ConfigurationError(
            "This stack is not marked for game days.",
            next_step="on one that nobody relies on: CLICKLEDGER_GAME_DAY=allowed in settings.env",
        )
    if name not in SCENARIOS:
        raise UsageError(f"There is no scenario {name!r}; there are: {', '.join(SCENARIOS)}.")
    _require_reach(settings, verbs, name)
    _await_well(settings, verbs)
    before = _epoch(settings)
    did = SCENARIOS[name](settings, verbs)
    began = time.monotonic()
    _await_well(settings, verbs, harmed_at=began)
    took_s = time.monotonic() - began
    audit = audit_now(settings)
    return Played(
        scenario=name,
        did=did,
        well_after_s=round(took_s, 1),
        epoch_before=before,
        epoch_after=_epoch(settings),
        audit_ok=audit.ok,
        failed_checks=tuple(sorted(audit.failed)),
    )


def _epoch(settings: Settings) -> int:
    with connected(settings, Role.READER) as connection:
        row = fetch_one(connection, statement("stream/read_fence"))
    return int(row["epoch"]) if row else 0


def _await_well(settings: Settings, verbs: Verbs, *, harmed_at: float | None = None) -> None:
    """Until commits or an idle heartbeat are fresh, and from after the harm; with the looks that
    watching would take meanwhile. ``harmed_at``: by the monotonic clock."""
    deadline = time.monotonic() + WELL_WITHIN_S
    looked = time.monotonic()
    while True:
        with connected(settings, Role.READER) as connection:
            seen = observe(connection, verbs.runner)
            writer = writer_of(read_slots(connection))
        health = judge_health(seen)
        fresh = harmed_at is None or (
            seen.heartbeat_age_s is not None
            and seen.heartbeat_age_s < time.monotonic() - harmed_at - SETTLED_S
        )
        well = health.verdict in WELL and health.detail != "starting"
        if well and fresh and writer is not None:
            return
        if time.monotonic() > deadline:
            raise OperationFailedError(f"The stream is not well: {health.verdict}, {health.detail}")
        if harmed_at is not None and time.monotonic() - looked > WATCH_EVERY_S:
            looked = time.monotonic()
            watch(settings, verbs)
        time.sleep(POLL_S)


def _require_reach(settings: Settings, verbs: Verbs, name: str) -> None:
    """Before any harm: a supervisor on another machine signals its programs, but not what they have
    started; and who acts as the stream needs its password."""
    user, password = settings.mysql_login(Role.STREAM)
    if name in AS_THE_STREAM and not password.get_secret_value():
        raise ConfigurationError(
            f"{name} acts as the MySQL user {user}, whose password is not known here.",
            next_step=f"where it is: `docker compose run --rm clickledger game-day {name}`",
        )
    if name == "kill-jvm" and not verbs.runner.supervisor.url.startswith("unix:"):
        raise ConfigurationError(
            f"{name} needs a process of the supervisor's own machine, which is not this one.",
            next_step="`clickledger game-day kill-driver` ends the driver with its JVM",
        )


def _writer(settings: Settings) -> SlotRow:
    with connected(settings, Role.READER) as connection:
        writer = writer_of(read_slots(connection))
    if writer is None:
        raise OperationFailedError("No driver runs.")
    return writer


def _signal(settings: Settings, verbs: Verbs, signal_name: str) -> int:
    """Through the supervisor, wherever the driver is; its process there."""
    writer = _writer(settings)
    pid = verbs.runner.state(writer.slot).pid
    if not verbs.runner.supervisor.send_signal(writer.program, signal_name):
        raise OperationFailedError("No driver runs.")
    return pid


def _kill_jvm(settings: Settings, verbs: Verbs) -> str:
    driver = psutil.Process(verbs.runner.state(_writer(settings).slot).pid)
    jvm = next(child for child in driver.children() if "java" in child.name())
    jvm.send_signal(signal.SIGKILL)
    return f"killed the JVM (process {jvm.pid})"


def _kill_driver(settings: Settings, verbs: Verbs) -> str:
    return f"killed the driver (process {_signal(settings, verbs, 'KILL')})"


def _freeze_driver(settings: Settings, verbs: Verbs) -> str:
    pid = _signal(settings, verbs, "STOP")
    time.sleep(HEARTBEAT_GROWS_OLD_S)  # else it would seem well until its heartbeat is old
    return f"froze the driver (process {pid})"


def _second_driver(settings: Settings, verbs: Verbs) -> str:
    """By hand, past all verbs: it takes the epoch; then it is ended, and the slot's comes back."""
    before = _epoch(settings)
    second = subprocess.Popen(
        [sys.executable, "-m", "streaming"],
        cwd=CHECKOUT,
        env={**os.environ, **settings_environment(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(
            lambda: _epoch(settings) != before or second.poll() is not None,
            within_s=WELL_WITHIN_S,
            every_s=POLL_S,
        )
        if _epoch(settings) == before:
            end = second.returncode
            how = "hangs" if end is None else f"ended with exit code {end}"
            raise OperationFailedError(f"The second driver did not take over: it {how}.")
    finally:
        second.terminate()
        second.wait(60)
    return "started a second driver by hand, let it take over, and ended it"


def _cut_mysql(settings: Settings, verbs: Verbs) -> str:
    """Every connection of the stream's user; a user may always end its own."""
    with connected(settings, Role.STREAM) as connection:
        rows = fetch_all(connection, "SHOW PROCESSLIST")
        others = [row["Id"] for row in rows if row["Info"] != "SHOW PROCESSLIST"]  # not ourselves
        with connection.cursor() as cursor:
            for number in others:
                with suppress(pymysql.MySQLError):  # it may have ended by itself
                    cursor.execute("KILL %s", (number,))
    return f"cut {len(others)} connections to MySQL"


def _delete_checkpoint(settings: Settings, verbs: Verbs) -> str:
    folder = settings.home / GENERATIONS_FOLDER
    shutil.rmtree(folder)
    return "deleted every checkpoint under the running driver"


SCENARIOS: dict[str, Callable[[Settings, Verbs], str]] = {
    "kill-jvm": _kill_jvm,
    "kill-driver": _kill_driver,
    "freeze-driver": _freeze_driver,
    "second-driver": _second_driver,
    "cut-mysql": _cut_mysql,
    "delete-checkpoint": _delete_checkpoint,
}
