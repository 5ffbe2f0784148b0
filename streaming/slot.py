"""The driver's place in the stack (``stream_slots``): what is wanted there, what it says of itself.

There are two, so that the next driver can be warm before the old one lets go. A driver that nobody
put into a slot (``python -m streaming`` by hand) is wanted as the writer at once.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.slots import AT_REST, SlotState, Wanted


@dataclass(frozen=True, slots=True)
class SlotLook:
    """One look: what is wanted here, and whether the other slot's driver still commits."""

    wanted: Wanted
    other_is_at_rest: bool


class Slot:
    """The slot that the settings name, if they name one."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.slot
        self._me = {"slot": self.name, "host": socket.gethostname(), "pid": os.getpid()}

    def look(self, connection: Connection[Cursor]) -> SlotLook:
        """Ask MySQL."""
        if not self.name:
            return SlotLook(Wanted.WRITER, other_is_at_rest=True)
        row = fetch_one(connection, statement("stream/slot_look"), (self.name,))
        if row is None:
            raise ConfigurationError(
                f"There is no slot {self.name!r}.", next_step="run `clickledger migrate`"
            )
        return SlotLook(Wanted(row["wanted"]), SlotState(row["other_state"]) in AT_REST)

    def starting(self, connection: Connection[Cursor]) -> None:
        """A new process is in the slot: forget what the last one said."""
        if self.name:
            with connection.cursor() as cursor:
                cursor.execute(statement("stream/slot_starting"), self._me)

    def say(
        self,
        connection: Connection[Cursor],
        state: SlotState,
        *,
        epoch: int | None = None,
        exit_code: int | None = None,
        end_reason: str | None = None,
        shadow: Mapping[str, object] | None = None,
    ) -> None:
        """Tell how far this process has come; the time of it is the database's."""
        if not self.name:
            return
        told = {
            "state": str(state),
            "epoch": epoch,
            "exit_code": exit_code,
            "end_reason": end_reason,
            "shadow": json.dumps(shadow) if shadow is not None else None,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement("stream/slot_says"), {**self._me, **told})
