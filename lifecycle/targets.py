"""Which release a verb means: one that is named, else the one that ran last, unless it is bad."""

from __future__ import annotations

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import OperationRefusedError
from clickledger.slots import Wanted
from lifecycle.releases import Release, find_release, last_good
from lifecycle.slots import SlotRow, read_slots


def ran_last(connection: Connection[Cursor]) -> Release | None:
    """The release that is, or last was, in a slot as the writer, whatever was found of it."""
    rows = _newest_first(connection)
    return find_release(connection, str(rows[0].release_name)) if rows else None


def release_to_run(connection: Connection[Cursor]) -> Release:
    """The one that ran last, or the newest that was not found bad.

    One that was found bad only while it is wanted: an actor may have died while it undid it.

    Raises:
        OperationRefusedError: nothing was ever deployed.
    """
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


def release_before(connection: Connection[Cursor]) -> Release:
    """The one to go back to: of the others, the one that was found good last.

    Raises:
        OperationRefusedError: there is none.
    """
    current = release_to_run(connection).release_name
    found = last_good(connection, other_than=current)
    if found is None:
        raise OperationRefusedError(
            f"No other release than {current} was ever found good.",
            next_step="deploy one by name (`clickledger release list`)",
        )
    return found


def said_instead(ran: Release | None, target: Release) -> tuple[str, ...]:
    """Said where nobody named a release, and it is not the one that ran last."""
    if ran is None or ran.release_name == target.release_name:
        return ()
    return (f"Not {ran.release_name}, which ran last and was found bad: {ran.verdict_reason}",)


def _newest_first(connection: Connection[Cursor]) -> list[SlotRow]:
    """The slots that hold a release; the one that is, or last was, the writer's first."""
    rows = [row for row in read_slots(connection).values() if row.release_name is not None]
    return sorted(
        rows, key=lambda row: (row.wanted is Wanted.WRITER, str(row.wanted_at)), reverse=True
    )
