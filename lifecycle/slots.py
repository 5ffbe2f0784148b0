"""The two slots as the verbs see and set them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.slots import SLOTS, SlotState, Wanted


@dataclass(frozen=True)
class SlotRow:
    """One row of ``stream_slots``. Times are UTC, by the database's clock."""

    slot: str
    wanted: Wanted
    instance: str | None
    release_name: str | None
    starts: int
    state: SlotState
    pid: int | None
    epoch: int | None
    exit_code: int | None
    end_reason: str | None
    shadow: dict[str, Any] | None
    wanted_at: datetime | None
    started_at: datetime | None
    spark_at: datetime | None
    warm_at: datetime | None
    writing_at: datetime | None
    drained_at: datetime | None
    ended_at: datetime | None

    @property
    def program(self) -> str:
        """Its name under the supervisor."""
        return program_name(self.slot)


def program_name(slot: str) -> str:
    """What the supervisor calls the program of a slot."""
    return f"stream-{slot}"


def read_slots(connection: Connection[Cursor]) -> dict[str, SlotRow]:
    """Both, by name."""
    rows = fetch_all(connection, statement("lifecycle/slots"))
    return {row["slot"]: _slot(row) for row in rows}


def _slot(row: dict[str, Any]) -> SlotRow:
    kept = {name: row[name] for name in SlotRow.__dataclass_fields__}
    kept["wanted"] = Wanted(row["wanted"])
    kept["state"] = SlotState(row["state"])
    kept["shadow"] = json.loads(row["shadow"]) if row["shadow"] else None
    return SlotRow(**kept)


def writer_of(slots: dict[str, SlotRow]) -> SlotRow | None:
    """The slot that is wanted as the writer, if any."""
    return next((row for row in slots.values() if row.wanted is Wanted.WRITER), None)


def other_slot(slot: str) -> str:
    """The other one's name."""
    return next(each for each in SLOTS if each != slot)


def assign(
    connection: Connection[Cursor], slot: str, wanted: Wanted, instance: str, release: str
) -> None:
    """Want a new driver in a slot; the supervisor must be told apart."""
    row = {"slot": slot, "wanted": wanted, "instance": instance, "release": release}
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/assign_slot"), row)


def want(connection: Connection[Cursor], slot: str, wanted: Wanted) -> None:
    """Change what is wanted of the driver that is in the slot."""
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/want_slot"), {"slot": slot, "wanted": wanted})


def promote(connection: Connection[Cursor], slot: str) -> None:
    """Make a slot the writer's and the other one nobody's, at once."""
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/promote_slot"), {"slot": slot})
