"""The verbs: deploy, restart, reset, rollback, drain, stop, start. Each is one operation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import milliseconds_between
from clickledger.errors import (
    CountsWronglyError,
    ExitCode,
    KafkaUnreachableError,
    OperationFailedError,
    OperationRefusedError,
    ReleaseFailedError,
    TakeoverFailedError,
)
from clickledger.ledger.positions import read_positions
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from clickledger.slots import AT_REST, Wanted
from clickledger.waiting import wait_for
from lifecycle import slots as slot_rows
from lifecycle.audits import begin_audit
from lifecycle.desired import desire
from lifecycle.handover import DRAINED_WITHIN_S, bring_up, end_epoch, instance_of
from lifecycle.health import observe
from lifecycle.memory import starts_beside
from lifecycle.operations import (
    Actor,
    Outcome,
    Request,
    find_operation,
    outcome_of,
    perform,
)
from lifecycle.plan import Plan, make_plan
from lifecycle.proof import Proof, prove
from lifecycle.releases import Release, find_release, judge, last_good
from lifecycle.runner import Runner, runner_of
from lifecycle.samples import suspect_ranges, wrong_samples
from lifecycle.slots import SlotRow, read_slots, writer_of
from lifecycle.supervisor import SupervisorUnreachableError

SILENT_WITHIN_S = 20.0  # of its end: its last heartbeat is no longer fresh
POLL_S = 0.03
WORKING = {"starting", "running", "draining"}
ROLLING_BACK = "rolling back"


@dataclass(frozen=True)
class Ask:
    """Who asks, why, and under which token; ``approved``: a person has seen the plan.

    ``asked_at``: since when it has waited to be done, UTC.
    """

    token: str
    reason: str
    by: str
    approved: bool = False
    asked_at: datetime | None = None


@dataclass(frozen=True)
class Verbs:
    """The verbs on one deployment."""

    settings: Settings
    runner: Runner

    # --- bringing a writer up ---------------------------------------------------------------
    def plan(self, action: str, release: str | None) -> Plan:
        """What ``deploy`` of a release, or ``restart``, would do now; changes nothing."""
        with connected(self.settings, Role.OPERATOR) as connection:
            return make_plan(connection, self.settings, action, self._target(connection, release))

    def deploy(self, ask: Ask, release: str) -> tuple[Outcome, bool]:
        """Make a release the writer: warm beside the old one, proven afterwards, else undone."""
        return self._replace(ask, "deploy", lambda connection: find_release(connection, release))

    def restart(self, ask: Ask) -> tuple[Outcome, bool]:
        """The same release in a new process with a new checkpoint, warm before it takes over."""
        return self._replace(ask, "restart", lambda connection: self._target(connection, None))

    def rollback(self, ask: Ask, *, at_once: bool = False) -> tuple[Outcome, bool]:
        """Back to the release that was found good last.

        ``at_once``: the writer counts wrongly, and must not go on while the other one warms up.
        """

        def earlier(connection: Connection[Cursor]) -> Release:
            current = self._target(connection, None)
            found = last_good(connection, other_than=current.release_name)
            if found is None:
                raise OperationRefusedError(
                    f"No other release than {current.release_name} was ever found good.",
                    next_step="deploy one by name (`clickledger release list`)",
                )
            return found

        return self._replace(replace(ask, approved=True), "rollback", earlier, at_once=at_once)

    def reset(self, ask: Ask) -> tuple[Outcome, bool]:
        """Throw process and checkpoint away at once, without a drain, and start from the ledger."""

        def work(actor: Actor) -> Outcome:
            return self._once_more(actor, "reset", approved=True)

        return perform(self.settings, self._request(ask, "reset"), work)

    def start(self, ask: Ask) -> tuple[Outcome, bool]:
        """Want the stream to run again, with the release that ran last."""

        def work(actor: Actor) -> Outcome:
            if not self._supervised():
                self._desire(actor, "running")
                line = "It is wanted to run, but no supervisor is here to start it: `make up`, or"
                return Outcome("done", (f"{line} `clickledger stream run`.",), {"started": False})
            if self._runs(actor.connection):
                return Outcome("done", ("The stream runs already.",))
            return self._once_more(actor, "start", approved=ask.approved)

        return perform(self.settings, self._request(ask, "start"), work)

    def align(self, ask: Ask) -> tuple[Outcome, bool]:
        """Make what runs what is wanted: drained, or the release of the writer's slot."""
        with connected(self.settings, Role.OPERATOR) as connection:
            row = fetch_one(connection, statement("stream/desired"))
        return self.drain(ask) if row and row["desired_state"] == "drained" else self.reset(ask)

    # --- bringing it down ---------------------------------------------------------------------
    def drain(self, ask: Ask, *, timeout_s: float = DRAINED_WITHIN_S) -> tuple[Outcome, bool]:
        """The batch under way commits, the next is refused; it stays drained until ``start``.

        What has not drained by then is ended at once: it may not commit any more.
        """
        request = self._request(ask, "drain")
        return perform(self.settings, request, lambda actor: self._drained(actor, timeout_s))

    def _drained(self, actor: Actor, timeout_s: float) -> Outcome:
        began = time.monotonic()
        ran = not self._at_rest(actor.connection)
        self._desire(actor, "drained")
        actor.stage("draining")
        slots = read_slots(actor.connection)
        for slot in slots:
            slot_rows.want(actor.connection, slot, Wanted.STOPPED)
            with suppress(SupervisorUnreachableError):  # a driver run by hand obeys the wish alone
                self.runner.ask_to_drain(slot)
        in_order = self._comes_to_rest(actor.connection, timeout_s)
        if not in_order:
            self._end_what_does_not_drain(actor)
        took_ms = round((time.monotonic() - began) * 1000)
        positions = read_positions(actor.connection, self.settings.topic)
        offsets = {str(p): position.next_offset for p, position in positions.items()}
        told = ", ".join(f"partition {p}: {offset:,}" for p, offset in offsets.items()) or "nothing"
        how = f"Drained after {took_ms:,} ms." if ran else "No driver ran, and none will start."
        if not in_order:
            how = (
                f"It did not drain within {timeout_s:g} s: its epoch was ended, then its process."
                " What it had in hand is left for the next start."
            )
        return Outcome(
            "done",
            (f"{how} Applied up to: {told}.",),
            {"took_ms": took_ms, "next_offsets": offsets, "ran": ran, "in_order": in_order},
        )

    def _end_what_does_not_drain(self, actor: Actor) -> None:
        actor.stage("killing")
        end_epoch(actor)  # one that runs by hand is held by this alone
        with suppress(SupervisorUnreachableError):
            for slot in read_slots(actor.connection):
                self.runner.kill(slot)
        if not self._comes_to_rest(actor.connection, SILENT_WITHIN_S):
            raise OperationFailedError(
                "A driver did not drain. It can not commit any more, and does not end.",
                next_step="end its process; `clickledger stream status` says which it is",
            )

    def _comes_to_rest(self, connection: Connection[Cursor], within_s: float) -> bool:
        found = wait_for(lambda: self._at_rest(connection), within_s=within_s, every_s=POLL_S)
        return bool(found)

    def _at_rest(self, connection: Connection[Cursor]) -> bool:
        seen = observe(connection, None)
        if seen.state["state"] in WORKING and seen.heartbeat_is_fresh:
            return False
        try:
            return all(
                row.state in AT_REST or not self.runner.state(row.slot).alive
                for row in read_slots(connection).values()
            )
        except SupervisorUnreachableError:
            return True

    # --- shared -------------------------------------------------------------------------------
    def _replace(
        self,
        ask: Ask,
        action: str,
        choose: Callable[[Connection[Cursor]], Release],
        *,
        at_once: bool = False,
    ) -> tuple[Outcome, bool]:
        with connected(self.settings, Role.OPERATOR) as connection:
            if (known := outcome_of(connection, ask.token, action)) is not None:
                return known, False
            begun = find_operation(connection, ask.token)
            name = begun.to_release if begun and begun.state == "running" else None
            target = find_release(connection, name) if name else choose(connection)
            plan = make_plan(connection, self.settings, action, target)
            ran_last = self._ran_last(connection)
            instead = _instead_of(ran_last, target) if action == "restart" else ()
        request = replace(
            self._request(ask, action),
            to_release=target.release_name,
            from_release=plan.from_release or (ran_last.release_name if ran_last else None),
            plan=plan.as_dict(),
        )

        def work(actor: Actor) -> Outcome:
            # Where a dead actor's operation is gone on with, the writer may be the one it started.
            begun = actor.begun()
            previous: str | None = begun.plan["from_release"]
            if begun.stage.startswith(ROLLING_BACK):  # whoever began it died in the middle of that
                return self._undo(actor, _died_of(target), previous)
            if (refused := _refusal(plan, approved=ask.approved)) is not None:
                return refused
            left = previous if action == "rollback" else None
            if at_once:
                self._end_old_writer_at_once(actor)
                previous = None  # nobody wants that one back
            is_new = target.release_name != begun.from_release
            outcome = self._brought_up(
                actor, target, previous, approved=ask.approved, is_new=is_new
            )
            if outcome.state == "done" and left is not None:  # nobody shall go back to that
                judge(actor.connection, left, "bad", f"{ask.by} went back from it: {ask.reason}")
            return replace(outcome, lines=(*outcome.lines, *instead))

        return perform(self.settings, request, work)

    def _once_more(self, actor: Actor, action: str, *, approved: bool) -> Outcome:
        """The release that ran last, as far as a plan allows it; without Kafka its driver waits."""
        target = self._target(actor.connection, None)
        instead = _instead_of(self._ran_last(actor.connection), target)
        with suppress(KafkaUnreachableError):
            plan = make_plan(actor.connection, self.settings, action, target)
            if (refused := _refusal(plan, approved=approved)) is not None:
                return refused
        if action == "reset":
            self._end_old_writer_at_once(actor)
        outcome = self._brought_up(actor, target, None, approved=approved, is_new=False)
        return replace(outcome, lines=(*outcome.lines, *instead))

    def _brought_up(
        self, actor: Actor, target: Release, previous: str | None, *, approved: bool, is_new: bool
    ) -> Outcome:
        """``is_new``: another release ran last, so that a failure may be this one's doing."""
        try:
            return self._bring_up_and_prove(actor, target, approved=approved)
        except TakeoverFailedError as error:
            is_its_doing = is_new and isinstance(error, ReleaseFailedError)
            if is_its_doing or isinstance(error, CountsWronglyError):
                judge(actor.connection, target.release_name, "bad", str(error))
            return self._undo(actor, error, previous)

    def _bring_up_and_prove(self, actor: Actor, target: Release, *, approved: bool) -> Outcome:
        began = time.monotonic()
        before = begin_audit(self.settings)
        self._desire(actor, "running")
        name = target.release_name
        try:
            slot = bring_up(
                actor,
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
        actor.stage("proving")
        proof = prove(actor.connection, self.settings, slot, before)
        judge(actor.connection, name, "good", proof.in_words())
        return Outcome(
            "done", (f"{name}: {proof.in_words()}.",), _measured(actor, proof, slot, took_over_s)
        )

    def _undo(self, actor: Actor, error: TakeoverFailedError, previous: str | None) -> Outcome:
        """Back to ``previous``; nothing to do where its driver is still the one that writes."""
        failed = instance_of(actor.request.token, "new")
        slots = read_slots(actor.connection)
        writer = writer_of(slots)
        back = instance_of(actor.request.token, "back")
        is_old = writer is not None and writer.instance not in {failed, back}
        if is_old and self._runs(actor.connection):
            line = f"{error} The old driver goes on; nothing was written by the new one."
            return Outcome("rolled_back", (line,), exit_code=ExitCode.ROLLED_BACK)
        if previous is None or previous == actor.request.to_release:
            raise error
        actor.stage(ROLLING_BACK)
        for row in slots.values():
            is_there = row.wanted is not Wanted.STOPPED or self.runner.state(row.slot).alive
            if row.instance == failed and is_there:  # it must not write on meanwhile
                self._end_at_once(actor, row.slot)
        spoilt = _to_be_restated(actor, slots, failed)
        before = begin_audit(self.settings)
        with actor.staging(ROLLING_BACK):
            slot = bring_up(actor, self.runner, previous, attempt="back", rules_approved=True)
            actor.stage("proving")
            proof = prove(actor.connection, self.settings, slot, before)
        lines = (str(error), f"Rolled back to {previous}: {proof.in_words()}.", *spoilt)
        return Outcome("rolled_back", lines, _measured(actor, proof, slot), ExitCode.ROLLED_BACK)

    def _ran_last(self, connection: Connection[Cursor]) -> Release | None:
        """The release that is, or last was, in a slot as the writer, whatever was found of it."""
        rows = _newest_first(connection)
        return find_release(connection, str(rows[0].release_name)) if rows else None

    def _target(self, connection: Connection[Cursor], release: str | None) -> Release:
        """That release; by default the one that is, or last was, in a slot as the writer.

        One that was found bad only while it is wanted: an actor may have died while it undid it.
        """
        if release is not None:
            return find_release(connection, release)
        slots = _newest_first(connection)
        if not slots:
            raise OperationRefusedError(
                "Nothing was ever deployed here.", next_step="`clickledger stream deploy`"
            )
        if slots[0].wanted is Wanted.WRITER:
            return find_release(connection, str(slots[0].release_name))
        found = [find_release(connection, str(row.release_name)) for row in slots]
        good = (each for each in found if each.verdict != "bad")
        return next(good, None) or last_good(connection) or found[0]

    def _end_old_writer_at_once(self, actor: Actor) -> None:
        """Unless it is the one that this very operation has brought up before."""
        writer = writer_of(read_slots(actor.connection))
        if writer is not None and writer.instance != instance_of(actor.request.token, "new"):
            actor.stage("killing")
            self._end_at_once(actor, writer.slot)

    def _end_at_once(self, actor: Actor, slot: str) -> None:
        end_epoch(actor)
        slot_rows.want(actor.connection, slot, Wanted.STOPPED)
        self.runner.kill(slot)

    def _supervised(self) -> bool:
        try:
            self.runner.supervisor.call("getPID")
        except SupervisorUnreachableError:
            return False
        return True

    def _runs(self, connection: Connection[Cursor]) -> bool:
        writer = writer_of(read_slots(connection))
        return writer is not None and self.runner.state(writer.slot).alive

    def _desire(self, actor: Actor, state: str) -> None:
        desire(actor.connection, state, actor.request.by, actor.request.reason)

    def _request(self, ask: Ask, action: str) -> Request:
        return Request(ask.token, action, ask.reason, ask.by, asked_at=ask.asked_at)


def verbs_of(settings: Settings) -> Verbs:
    """The verbs of the deployment that the settings name."""
    return Verbs(settings, runner_of(settings))


def _newest_first(connection: Connection[Cursor]) -> list[SlotRow]:
    """The slots that hold a release; the one that is, or last was, the writer's first."""
    rows = [row for row in read_slots(connection).values() if row.release_name is not None]
    return sorted(
        rows, key=lambda row: (row.wanted is Wanted.WRITER, str(row.wanted_at)), reverse=True
    )


def _instead_of(ran: Release | None, target: Release) -> tuple[str, ...]:
    """Said where nobody named a release, and it is not the one that ran last."""
    if ran is None or ran.release_name == target.release_name:
        return ()
    return (f"Not {ran.release_name}, which ran last and was found bad: {ran.verdict_reason}",)


def _died_of(target: Release) -> TakeoverFailedError:
    """What the actor that died in the middle of a rollback was at."""
    known = target.verdict_reason if target.verdict == "bad" else None
    return TakeoverFailedError(known or f"{target.release_name} did not hold.")


def _to_be_restated(actor: Actor, slots: Mapping[str, SlotRow], failed: str) -> tuple[str, ...]:
    """What the epoch of the start that failed has spoilt, to its very end."""
    epochs = [row.epoch for row in slots.values() if row.instance == failed and row.epoch]
    if not epochs or not wrong_samples(actor.connection, epochs[0]):
        return ()
    spans = ", ".join(map(str, suspect_ranges(actor.connection, epochs[0])))
    return (f"To be restated: {spans}.",)


def _refusal(plan: Plan, *, approved: bool) -> Outcome | None:
    if plan.refusals:
        return _refused(plan, plan.refusals)
    if plan.approvals and not approved:
        return _refused(plan, plan.approvals, needs_approval=True)
    return None


def _refused(plan: Plan, why: tuple[str, ...], *, needs_approval: bool = False) -> Outcome:
    data = {"needs_approval": needs_approval, "plan": plan.as_dict()}
    return Outcome("refused", why, data, ExitCode.OPERATION_REFUSED)


def _measured(
    actor: Actor, proof: Proof, slot: str, took_over_s: float | None = None
) -> dict[str, Any]:
    """The stages of a takeover, in milliseconds, by the database's clock."""
    slots = read_slots(actor.connection)
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
