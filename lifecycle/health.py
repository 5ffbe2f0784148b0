"""The verdict on the stream: from what it committed and what is waiting, never from "it lives"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import RUNBOOKS, ConfigurationError, ExitCode
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement
from lifecycle.runner import Runner
from lifecycle.samples import suspect_ranges, wrong_samples
from lifecycle.slots import SlotRow, read_slots, writer_of
from lifecycle.supervisor import SupervisorUnreachableError

HEARTBEAT_IS_OLD_S = 10.0
COMMIT_IS_OLD_S = 60.0
IDLE_S = 10.0
LAGGING_S = 60.0  # of catching up at the present rate
START_TAKES_S = 90.0


class Verdict(StrEnum):
    """How the stream is. All but the first three are troubles."""

    HEALTHY = "healthy"
    IDLE = "idle"  # nothing new to read, the heartbeat is fresh
    STOPPED = "stopped"  # as is wanted
    LAGGING = "lagging"
    STUCK = "stuck"  # events are waiting, commits do not come
    CUT_OFF = "cut_off"  # Kafka does not answer it: no restart mends that
    DOWN = "down"
    DRIFTED = "drifted"  # what runs is not what is wanted
    WRONG = "wrong"  # it counts other figures than the contract
    FENCED = "fenced"  # it runs, and may not write any more
    UNARCHIVED = "unarchived"  # Kafka's retention comes near what is not archived yet
    HALTED = "halted"  # needs a person


FINE = {Verdict.HEALTHY, Verdict.IDLE, Verdict.STOPPED, Verdict.LAGGING}


@dataclass(frozen=True)
class Observed:
    """One look at everything. Ages and lags in seconds by the database's clock."""

    state: Mapping[str, Any]  # the row of sql/lifecycle/state
    writer: SlotRow | None
    process_alive: bool | None  # None: no supervisor to ask
    counted_wrongly: tuple[str, ...] = ()  # samples of this epoch that the ledger has wrong
    suspects: tuple[OffsetRange, ...] = ()  # and what is to be restated for it
    unarchived: str = ""  # what retention is about to take before it was archived

    @property
    def progress(self) -> dict[str, Any] | None:
        """What the writer last said of its work."""
        found: dict[str, Any] | None = (
            json.loads(self.state["progress"]) if self.state["progress"] else None
        )
        return found

    def as_dict(self) -> dict[str, Any]:
        """The row, with plain numbers."""
        ages = ("heartbeat_age_s", "last_commit_age_s", "started_age_s")
        plain = {name: _seconds(self.state[name]) for name in ages}
        return {**self.state, **plain, "progress": self.progress}

    @property
    def heartbeat_age_s(self) -> float | None:
        """How long ago the writer last said anything."""
        return _seconds(self.state["heartbeat_age_s"])

    @property
    def heartbeat_is_fresh(self) -> bool:
        """Whether the writer has said something lately."""
        return self.heartbeat_age_s is not None and self.heartbeat_age_s <= HEARTBEAT_IS_OLD_S

    @property
    def commit_age_s(self) -> float | None:
        """How long ago anything was committed."""
        return _seconds(self.state["last_commit_age_s"])

    @property
    def records_per_s(self) -> float:
        """The writer's rate over the last minute."""
        return float((self.progress or {}).get("records_per_s") or 0)

    @property
    def lag_s(self) -> float | None:
        """How long reading what is waiting takes at the present rate; ``None``: not known."""
        lag = self.state["lag_events"]
        if lag is None or (lag and not self.records_per_s):
            return None
        return lag / self.records_per_s if lag else 0.0


@dataclass(frozen=True)
class Health:
    """The verdict, why, and what to do about it."""

    verdict: Verdict
    detail: str
    next_step: str = ""

    @property
    def fine(self) -> bool:
        """Whether nobody needs to do anything."""
        return self.verdict in FINE

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**asdict(self), "fine": self.fine}


def observe(connection: Connection[Cursor], runner: Runner | None) -> Observed:
    """One look at the rows and, where there is a supervisor, at the writer's process."""
    state = fetch_one(connection, statement("lifecycle/state"))
    if state is None:
        raise ConfigurationError(
            "The stream has no state row in this database.", next_step="run `clickledger migrate`"
        )
    writer = writer_of(read_slots(connection))
    alive: bool | None = None
    if runner is not None and writer is not None:
        try:
            alive = runner.state(writer.slot).alive
        except SupervisorUnreachableError:
            alive = None
    wrong, suspects = _counted_wrongly(connection, state["epoch"])
    return Observed(state, writer, alive, wrong, suspects)


def _counted_wrongly(
    connection: Connection[Cursor], epoch: int | None
) -> tuple[tuple[str, ...], tuple[OffsetRange, ...]]:
    wrong = wrong_samples(connection, epoch) if epoch is not None else ()
    if epoch is None or not wrong:
        return (), ()
    return wrong, tuple(suspect_ranges(connection, epoch))


def judge_health(seen: Observed) -> Health:
    """The first that fits, from the worst on."""
    health = _of_the_stream(seen)
    if health.fine and seen.unarchived:
        return Health(Verdict.UNARCHIVED, seen.unarchived, f"{RUNBOOKS}/archive-behind.md")
    return health


def _of_the_stream(seen: Observed) -> Health:
    state = seen.state
    if state["epoch"] is None and seen.writer is None and state["state"] == "down":
        return Health(Verdict.STOPPED, "nothing was deployed yet", "`clickledger stream deploy`")
    if state["desired_state"] == "drained":
        return _unwanted(seen)
    if state["state"] == "halted":
        code = state["halt_exit_code"]
        name = ExitCode(code).name.lower().replace("_", " ") if code else "unknown"
        return Health(
            Verdict.HALTED,
            f"exit code {code} ({name}): {state['halt_reason']}",
            f"{RUNBOOKS}/exit-codes.md; then `clickledger stream start`",
        )
    if seen.counted_wrongly:
        return Health(Verdict.WRONG, _what_is_wrong(seen), f"{RUNBOOKS}/stream-wrong.md")
    if seen.process_alive is False or state["state"] in {"down", "drained"}:
        return _down(seen)
    return _alive(seen)


def _what_is_wrong(seen: Observed) -> str:
    return (
        f"release {seen.state['release_name']} counts wrongly: {'; '.join(seen.counted_wrongly)};"
        f" to be restated: {', '.join(map(str, seen.suspects))}"
    )


def _unwanted(seen: Observed) -> Health:
    silent = seen.heartbeat_age_s is None or seen.heartbeat_age_s > HEARTBEAT_IS_OLD_S
    if seen.state["state"] in {"drained", "down", "halted"} or (silent and not seen.process_alive):
        by = seen.state["desired_by"]
        return Health(Verdict.STOPPED, f"drained by {by}: {seen.state['desired_reason']}")
    return Health(
        Verdict.DRIFTED,
        f"it is wanted to be drained, and is {seen.state['state']}",
        f"{RUNBOOKS}/stream-drifted.md",
    )


def _down(seen: Observed) -> Health:
    state = seen.state
    why = f": {state['halt_reason']}" if state["halt_reason"] else ""
    since = f" for {seen.heartbeat_age_s:.0f} s" if seen.heartbeat_age_s is not None else ""
    return Health(Verdict.DOWN, f"no driver runs{since}{why}", f"{RUNBOOKS}/stream-down.md")


def _alive(seen: Observed) -> Health:
    state, age = seen.state, seen.heartbeat_age_s
    if state["state"] == "starting" and _young(state["started_age_s"]):
        return Health(Verdict.HEALTHY, "starting")
    if state["epoch"] is not None and state["epoch"] < state["fence_epoch"] and age is not None:
        return Health(
            Verdict.FENCED,
            f"epoch {state['epoch']} runs, and epoch {state['fence_epoch']} was granted",
            f"{RUNBOOKS}/stream-fenced.md",
        )
    if age is None or age > HEARTBEAT_IS_OLD_S:
        since = "ever" if age is None else f"for {age:.0f} s"
        return Health(
            Verdict.STUCK,
            f"no sign of life {since}, its process is there",
            f"{RUNBOOKS}/stream-stuck.md",
        )
    if seen.writer and seen.writer.release_name != state["release_name"]:
        return Health(
            Verdict.DRIFTED,
            f"{state['release_name']} runs, {seen.writer.release_name} is wanted",
            f"{RUNBOOKS}/stream-drifted.md",
        )
    return _working(seen)


def _young(age: Any) -> bool:
    seconds = _seconds(age)
    return seconds is not None and seconds < START_TAKES_S


def _working(seen: Observed) -> Health:
    lag, commit_age = seen.state["lag_events"], seen.commit_age_s
    if lag is None:
        return Health(
            Verdict.CUT_OFF,
            "Kafka does not say what is waiting",
            f"{RUNBOOKS}/stream-cut-off.md",
        )
    if (
        lag
        and not _young(seen.state["started_age_s"])
        and (commit_age is None or commit_age > COMMIT_IS_OLD_S)
    ):
        ago = "never" if commit_age is None else f"{commit_age:.0f} s ago"
        return Health(
            Verdict.STUCK,
            f"{lag:,} events are waiting, the last commit was {ago}",
            f"{RUNBOOKS}/stream-stuck.md",
        )
    if not lag and (commit_age is None or commit_age > IDLE_S):
        return Health(Verdict.IDLE, "nothing new to read")
    if seen.lag_s is not None and seen.lag_s > LAGGING_S:
        return Health(
            Verdict.LAGGING,
            f"{lag:,} events are waiting: {seen.lag_s:.0f} s at {seen.records_per_s:,.0f}/s",
            f"{RUNBOOKS}/stream-lagging.md",
        )
    return Health(Verdict.HEALTHY, f"{lag:,} events are waiting")


def _seconds(value: Any) -> float | None:
    return None if value is None else float(value)
