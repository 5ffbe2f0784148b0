"""Bring the stream to rest: the batch under way commits, no other begins, no process is left."""

from __future__ import annotations

import time
from contextlib import suppress

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import OperationFailedError
from clickledger.ledger.positions import read_positions
from clickledger.slots import AT_REST, Wanted
from clickledger.waiting import wait_for
from lifecycle import slots as slot_rows
from lifecycle.desired import desire
from lifecycle.handover import end_epoch
from lifecycle.health import observe
from lifecycle.operations import Actor, Outcome
from lifecycle.runner import Runner
from lifecycle.slots import read_slots
from lifecycle.supervisor import SupervisorUnreachableError

SILENT_WITHIN_S = 20.0  # of its end: its last heartbeat is no longer fresh
POLL_S = 0.03
WORKING = {"starting", "running", "draining"}


def drain(actor: Actor, runner: Runner, topic: str, timeout_s: float) -> Outcome:
    """It is wanted at rest from here on, and comes to it; what takes too long is ended at once.

    Raises:
        OperationFailedError: a driver does not end. It can not commit any more.
    """
    began = time.monotonic()
    ran = not _at_rest(actor.connection, runner)
    desire(actor.connection, "drained", actor.request.by, actor.request.reason)
    actor.stage("draining")
    for slot in read_slots(actor.connection):
        slot_rows.want(actor.connection, slot, Wanted.STOPPED)
        with suppress(SupervisorUnreachableError):  # a driver run by hand obeys the wish alone
            runner.ask_to_drain(slot)
    in_order = _comes_to_rest(actor.connection, runner, timeout_s)
    if not in_order:
        _end_what_does_not_drain(actor, runner)
    took_ms = round((time.monotonic() - began) * 1000)
    positions = read_positions(actor.connection, topic)
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


def _end_what_does_not_drain(actor: Actor, runner: Runner) -> None:
    actor.stage("killing")
    end_epoch(actor)  # one that runs by hand is held by this alone
    with suppress(SupervisorUnreachableError):
        for slot in read_slots(actor.connection):
            runner.kill(slot)
    if not _comes_to_rest(actor.connection, runner, SILENT_WITHIN_S):
        raise OperationFailedError(
            "A driver did not drain. It can not commit any more, and does not end.",
            next_step="end its process; `clickledger stream status` says which it is",
        )


def _comes_to_rest(connection: Connection[Cursor], runner: Runner, within_s: float) -> bool:
    return bool(wait_for(lambda: _at_rest(connection, runner), within_s=within_s, every_s=POLL_S))


def _at_rest(connection: Connection[Cursor], runner: Runner) -> bool:
    seen = observe(connection, None)
    if seen.state["state"] in WORKING and seen.heartbeat_is_fresh:
        return False
    try:
        return all(
            row.state in AT_REST or not runner.state(row.slot).alive
            for row in read_slots(connection).values()
        )
    except SupervisorUnreachableError:
        return True
