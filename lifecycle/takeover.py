"""A takeover as a whole: a release is brought up, proven and judged, or undone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import milliseconds_between
from clickledger.errors import (
    CountsWronglyError,
    ExitCode,
    OperationRefusedError,
    ReleaseFailedError,
    TakeoverFailedError,
)
from clickledger.settings import Settings
from clickledger.slots import Wanted
from lifecycle import slots as slot_rows
from lifecycle.audits import begin_audit
from lifecycle.desired import desire
from lifecycle.handover import bring_up, end_epoch, instance_of
from lifecycle.memory import starts_beside
from lifecycle.operations import Actor, Operation, Outcome
from lifecycle.proof import Proof, prove
from lifecycle.releases import Release, judge
from lifecycle.runner import Runner
from lifecycle.samples import suspect_ranges, wrong_samples
from lifecycle.slots import SlotRow, read_slots, writer_of

ROLLING_BACK = "rolling back"


@dataclass(frozen=True)
class Takeover:
    """Of one operation, in the hands of its actor."""

    actor: Actor
    settings: Settings
    runner: Runner

    def make_writer(
        self, target: Release, previous: str | None, *, approved: bool, is_new: bool
    ) -> Outcome:
        """Bring ``target`` up and prove it; where it does not hold, go back to ``previous``.

        ``is_new``: another release ran last, so that a failure may be this one's doing.
        """
        try:
            return self._bring_up_and_prove(target, approved=approved)
        except TakeoverFailedError as error:
            is_its_doing = is_new and isinstance(error, ReleaseFailedError)
            if is_its_doing or isinstance(error, CountsWronglyError):
                judge(self.actor.connection, target.release_name, "bad", str(error))
            return self._undo(error, previous)

    def go_on_undoing(self, target: Release, previous: str | None) -> Outcome:
        """What the actor that died was at."""
        known = target.verdict_reason if target.verdict == "bad" else None
        error = TakeoverFailedError(known or f"{target.release_name} did not hold.")
        return self._undo(error, previous)

    def end_old_writer(self) -> None:
        """At once, without a drain; unless this very operation has brought it up before."""
        writer = writer_of(read_slots(self.actor.connection))
        if writer is not None and writer.instance != self._instance("new"):
            self.actor.stage("killing")
            self._end(writer.slot)

    def _bring_up_and_prove(self, target: Release, *, approved: bool) -> Outcome:
        began = time.monotonic()
        before = begin_audit(self.settings)
        request = self.actor.request
        desire(self.actor.connection, "running", request.by, request.reason)
        name = target.release_name
        try:
            slot = bring_up(
                self.actor,
                self.runner,
                name,
                attempt="new",
                rules_approved=approved,
                beside=starts_beside(self.settings),
            )
        except OperationRefusedError as error:
            needs = {"needs_approval": True}
            return Outcome("refused", (str(error),), needs, exit_code=error.exit_code)
        took_over_s = time.monotonic() - began
        self.actor.stage("proving")
        proof = prove(self.actor.connection, self.settings, slot, before)
        judge(self.actor.connection, name, "good", proof.in_words())
        lines = (f"{name}: {proof.in_words()}.",)
        return Outcome("done", lines, _measured(self.actor.connection, proof, slot, took_over_s))

    def _undo(self, error: TakeoverFailedError, previous: str | None) -> Outcome:
        """Back to ``previous``; nothing to do where its driver is still the one that writes."""
        failed, back = self._instance("new"), self._instance("back")
        slots = read_slots(self.actor.connection)
        writer = writer_of(slots)
        is_old = writer is not None and writer.instance not in {failed, back}
        if is_old and writer_runs(self.actor.connection, self.runner):
            line = f"{error} The old driver goes on; nothing was written by the new one."
            return Outcome("rolled_back", (line,), exit_code=ExitCode.ROLLED_BACK)
        if previous is None or previous == self.actor.request.to_release:
            raise error
        self.actor.stage(ROLLING_BACK)
        for row in slots.values():
            is_there = row.wanted is not Wanted.STOPPED or self.runner.state(row.slot).alive
            if row.instance == failed and is_there:  # it must not write on meanwhile
                self._end(row.slot)
        spoilt = _to_be_restated(self.actor.connection, slots, failed)
        before = begin_audit(self.settings)
        with self.actor.staging(ROLLING_BACK):
            slot = bring_up(self.actor, self.runner, previous, attempt="back", rules_approved=True)
            self.actor.stage("proving")
            proof = prove(self.actor.connection, self.settings, slot, before)
        lines = (str(error), f"Rolled back to {previous}: {proof.in_words()}.", *spoilt)
        measured = _measured(self.actor.connection, proof, slot)
        return Outcome("rolled_back", lines, measured, ExitCode.ROLLED_BACK)

    def _end(self, slot: str) -> None:
        end_epoch(self.actor)
        slot_rows.want(self.actor.connection, slot, Wanted.STOPPED)
        self.runner.kill(slot)

    def _instance(self, attempt: str) -> str:
        return instance_of(self.actor.request.token, attempt)


def was_undoing(begun: Operation) -> bool:
    """Whoever began it died while it went back."""
    return begun.stage.startswith(ROLLING_BACK)


def writer_runs(connection: Connection[Cursor], runner: Runner) -> bool:
    """The slot that is wanted as the writer holds a process."""
    writer = writer_of(read_slots(connection))
    return writer is not None and runner.state(writer.slot).alive


def _to_be_restated(
    connection: Connection[Cursor], slots: Mapping[str, SlotRow], failed: str
) -> tuple[str, ...]:
    """What the epoch of the start that failed has spoilt, to its very end."""
    epochs = [row.epoch for row in slots.values() if row.instance == failed and row.epoch]
    if not epochs or not wrong_samples(connection, epochs[0]):
        return ()
    spans = ", ".join(map(str, suspect_ranges(connection, epochs[0])))
    return (f"To be restated: {spans}.",)


def _measured(
    connection: Connection[Cursor], proof: Proof, slot: str, took_over_s: float | None = None
) -> dict[str, Any]:
    """The stages of a takeover, in milliseconds, by the database's clock."""
    slots = read_slots(connection)
    row, old = slots[slot], slots[slot_rows.other_slot(slot)]
    stages = {
        "to_spark_ms": milliseconds_between(row.started_at, row.spark_at),
        "to_warm_ms": milliseconds_between(row.spark_at, row.warm_at),
        "drain_ms": milliseconds_between(row.wanted_at, old.drained_at),
        "to_writing_ms": milliseconds_between(old.drained_at, row.writing_at),
        "gap_ms": proof.gap_ms,
    }
    return {
        "slot": slot,
        "epoch": proof.epoch,
        "took_over_s": took_over_s,
        "sampled": list(proof.sampled),
        "stages": {name: value for name, value in stages.items() if value is not None},
    }
