"""Bring a release up as the writer: warm beside the old one, then in its place (protocol P2)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from clickledger.errors import (
    ClickledgerError,
    DatabaseUnreachableError,
    ExitCode,
    KafkaUnreachableError,
    OperationFailedError,
    OperationRefusedError,
    ReleaseFailedError,
    TakeoverFailedError,
)
from clickledger.ledger.fence import take_fence
from clickledger.slots import SLOTS, SlotState, Wanted
from clickledger.waiting import wait_for
from lifecycle import slots as slot_rows
from lifecycle.operations import Actor
from lifecycle.runner import Runner
from lifecycle.slots import SlotRow, other_slot, read_slots, writer_of

WARM_WITHIN_S = 180.0  # a shadow recount on a busy machine
WRITING_WITHIN_S = 60.0
GONE_AFTER_S = 3.0  # no process and no word: it died before it could say anything
MOST_STARTS = 2  # the supervisor starts a writer again, not a standby
POLL_S = 0.03
# Longer than a driver needs to end by itself; shorter than the supervisor waits before it kills:
# by then the epoch has moved.
DRAINED_WITHIN_S = 58.0
# A driver that ends for want of a server: it says nothing of its release.
UNREACHABLE = {
    ExitCode.DATABASE_UNREACHABLE: DatabaseUnreachableError,
    ExitCode.KAFKA_UNREACHABLE: KafkaUnreachableError,
}
# Nor do a setting, another writer, what Kafka has lost, and a machine that is out of memory.
NOT_ITS_DOING = {
    ExitCode.CONFIGURATION,
    ExitCode.STALE_WRITER,
    ExitCode.KAFKA_DATA_LOST,
    ExitCode.KILLED,
}


def instance_of(token: str, attempt: str) -> str:
    """The same operation names the same start, so that a retried one finds what it began."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{token}/{attempt}"))


def end_epoch(actor: Actor) -> None:
    """Before a writer is killed: from here on it cannot commit, however late it dies."""
    take_fence(actor.connection, instance_of(actor.request.token, "fence"))


def bring_up(
    actor: Actor,
    runner: Runner,
    release: str,
    *,
    attempt: str,
    rules_approved: bool,
    beside: bool = True,
) -> str:
    """Make ``release`` the writer; returns its slot. Safe to call again with the same ``attempt``.

    ``beside``: it warms up while the old writer works; else that one drains first.

    Raises:
        TakeoverFailedError: the new driver ended, or hung, before it wrote; ReleaseFailedError
            where that is the release's doing.
        OperationFailedError: a process that is in the way does not end.
        OperationRefusedError: other rules would change figures, and nobody has approved of that.
        DatabaseUnreachableError, KafkaUnreachableError: it ended for want of that server. Wanted
            as the writer, it is started again until the server is back.
    """
    instance = instance_of(actor.request.token, attempt)
    slot = _place(actor, runner, release, instance, beside=beside)
    try:
        row = _await(actor, runner, slot, _is_warm, WARM_WITHIN_S)
        _require_approved(row, approved=rules_approved)
    except (TakeoverFailedError, OperationRefusedError):
        _give_up(actor, runner, slot)
        raise
    except tuple(UNREACHABLE.values()):
        if read_slots(actor.connection)[slot].wanted is Wanted.STANDBY:
            _give_up(actor, runner, slot)
        raise
    if row.wanted is not Wanted.WRITER:
        actor.stage("handover")
        slot_rows.promote(actor.connection, slot)
    runner.ask_to_drain(other_slot(slot))
    _await(actor, runner, slot, lambda found: found.state is SlotState.WRITING, WRITING_WITHIN_S)
    return slot


def _place(actor: Actor, runner: Runner, release: str, instance: str, *, beside: bool) -> str:
    """The slot where this very start was, or now is, put."""
    found = read_slots(actor.connection)
    for row in found.values():
        if row.instance == instance and row.wanted is not Wanted.STOPPED:
            runner.start(row.slot)
            return row.slot
    writer = writer_of(found)
    slot = other_slot(writer.slot) if writer else SLOTS[0]
    actor.stage("warming")
    slot_rows.want(actor.connection, slot, Wanted.STOPPED)
    if not _emptied(actor, runner, slot, may_hold_the_epoch=writer is None):
        raise OperationFailedError(f"Slot {slot} still holds a process that does not end.")
    wanted = Wanted.WRITER
    if writer is not None:
        alive = runner.state(writer.slot).alive
        if alive and beside:
            wanted = Wanted.STANDBY
        elif alive:
            _drain_first(actor, runner, writer)
        else:
            slot_rows.want(actor.connection, writer.slot, Wanted.STOPPED)
    slot_rows.assign(actor.connection, slot, wanted, instance, release)
    runner.start(slot)
    return slot


def _drain_first(actor: Actor, runner: Runner, writer: SlotRow) -> None:
    actor.stage("draining")
    slot_rows.want(actor.connection, writer.slot, Wanted.STOPPED)
    if not _emptied(actor, runner, writer.slot, may_hold_the_epoch=True):
        raise OperationFailedError(f"The old driver in slot {writer.slot} does not end.")
    actor.stage("warming")


def _emptied(actor: Actor, runner: Runner, slot: str, *, may_hold_the_epoch: bool) -> bool:
    if not runner.state(slot).alive:
        return True
    runner.ask_to_drain(slot)
    if runner.await_end(slot, timeout_s=DRAINED_WITHIN_S):
        return True
    if may_hold_the_epoch:
        end_epoch(actor)
    runner.kill(slot)
    return not runner.state(slot).alive


def _give_up(actor: Actor, runner: Runner, slot: str) -> None:
    slot_rows.want(actor.connection, slot, Wanted.STOPPED)
    runner.ask_to_drain(slot)


def _is_warm(row: SlotRow) -> bool:
    return row.state in {SlotState.WARM, SlotState.WRITING}


def _require_approved(row: SlotRow, *, approved: bool) -> None:
    changed = (row.shadow or {}).get("changed_by_rules") or []
    if changed and not approved and row.state is not SlotState.WRITING:
        raise OperationRefusedError(
            f"Other rules from here on would change figures: {'; '.join(changed)}.",
            next_step="look at it; then again with --approve",
        )


def _await(
    actor: Actor,
    runner: Runner,
    slot: str,
    there: Callable[[SlotRow], bool],
    timeout_s: float,
) -> SlotRow:
    seen_alive = time.monotonic()

    def look() -> SlotRow | None:
        nonlocal seen_alive
        row = read_slots(actor.connection)[slot]
        if there(row):
            return row
        require_not_ended(row)
        if runner.state(slot).alive:
            seen_alive = time.monotonic()
        elif time.monotonic() - seen_alive > GONE_AFTER_S:
            raise ReleaseFailedError(
                f"The new driver ended without a word before it took over; {log_hint(slot)}."
            )
        return None

    row = wait_for(look, within_s=timeout_s, every_s=POLL_S)
    if row is None:
        raise TakeoverFailedError(
            f"The new driver did not get from {read_slots(actor.connection)[slot].state} on within"
            f" {timeout_s:g} s; {log_hint(slot)}."
        )
    return row


def require_not_ended(row: SlotRow, *, starts: int = MOST_STARTS, until: str = "took over") -> None:
    """The new driver is still in its first ``starts`` starts, and has left no word of an end.

    Raises:
        TakeoverFailedError: it has ended before it ``until``; ReleaseFailedError where that is the
            release's doing.
        DatabaseUnreachableError, KafkaUnreachableError: for want of that server.
    """
    if row.exit_code:
        raise _ending(row.exit_code)(
            f"The new driver ended before it {until} (exit code {row.exit_code}): {row.end_reason}"
        )
    if row.starts > starts:
        raise ReleaseFailedError(
            f"The new driver ended {row.starts - 1} times before it {until}; {log_hint(row.slot)}."
        )


def _ending(code: int) -> type[ClickledgerError]:
    if code in NOT_ITS_DOING:
        return TakeoverFailedError
    return next((kind for each, kind in UNREACHABLE.items() if each == code), ReleaseFailedError)


def log_hint(slot: str) -> str:
    """Where to look."""
    return f"its log: `make logs NAME={slot_rows.program_name(slot)}`"
