"""A driver that does not end when its slot is wanted: its epoch moves before it is killed (P2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.slots import Wanted
from lifecycle import handover
from lifecycle.operations import Actor, Outcome, Request, perform
from lifecycle.runner import Runner
from lifecycle.slots import assign, promote, want
from tests.unit.lifecycle.test_game_day_elsewhere import Elsewhere

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Watchful(Elsewhere):
    """Notes which epoch is granted when a program is killed."""

    connection: Connection[Cursor] | None = None
    killed: list[tuple[str, int]] = field(default_factory=list)

    def call(self, method: str, *arguments: Any) -> Any:
        """As supervisord answers."""
        if (method, *arguments[1:]) == ("signalProcess", "KILL"):
            assert self.connection is not None
            self.killed.append((arguments[0], epoch(self.connection)))
        return super().call(method, *arguments)


def epoch(connection: Connection[Cursor]) -> int:
    """The one that is granted."""
    row = fetch_one(connection, statement("stream/read_fence"))
    assert row is not None
    return int(row["epoch"])


def placed(settings: Settings, there: Watchful, *, beside: bool) -> str:
    """The slot of a new driver, as an operation finds one for it."""
    found: list[str] = []

    def work(actor: Actor) -> Outcome:
        found.append(handover._place(actor, Runner(there), "r2", "new", beside=beside))
        return Outcome("done")

    perform(settings, Request(str(uuid.uuid4()), "deploy", "why", "tests"), work)
    return found[0]


@pytest.mark.parametrize(("is_wanted", "beside"), [(True, False), (False, True)])
def test_a_writer_that_does_not_drain(
    admin: Connection[Cursor],
    deployed: Settings,
    monkeypatch: pytest.MonkeyPatch,
    is_wanted: bool,
    beside: bool,
) -> None:
    """Where there is no room for two, or it was ended and hangs: it may have a batch in hand."""
    monkeypatch.setattr(handover, "DRAINED_WITHIN_S", 0.1)
    slot = "b" if is_wanted else "a"  # the one that is looked at first where none is wanted
    assign(admin, slot, Wanted.STANDBY, "old", "r1")
    promote(admin, slot)
    if not is_wanted:
        want(admin, slot, Wanted.STOPPED)
    before, there = epoch(admin), Watchful(connection=admin)
    assert placed(deployed, there, beside=beside) == "a"
    assert there.killed[-1] == (f"stream-{slot}", before + 1)


def test_a_standby_that_does_not_end_leaves_the_writer_its_epoch(
    admin: Connection[Cursor], deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "DRAINED_WITHIN_S", 0.1)
    assign(admin, "b", Wanted.STANDBY, "old", "r1")
    promote(admin, "b")
    before, there = epoch(admin), Watchful(connection=admin)
    assert placed(deployed, there, beside=True) == "a"
    assert there.killed == [("stream-a", before)]
    assert epoch(admin) == before
