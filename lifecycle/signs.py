"""Signs that a new writer is no worse than the one before: what it rejects, and whether it lags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ReleaseFailedError
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.waiting import wait_for

FEWEST_RECORDS = 1_000  # a share of less says nothing
SMALL_SHARE = 0.02  # what a client's mistake may come to at any moment
LAG_FALLS_WITHIN_S = 30.0
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Rejected:
    """What some epochs have judged, and by which rules."""

    records: int
    rejected: int
    rules: tuple[int, int]  # oldest and newest version

    @property
    def share(self) -> float:
        """Of the records."""
        return self.rejected / self.records


def require_reject_share(
    connection: Connection[Cursor], epoch: int, since: datetime, factor: float
) -> None:
    """What ``epoch`` rejects must not be over ``factor`` times what was rejected just before it.

    Nothing is said where the rules differ, which a person has approved of, or records are few.

    Raises:
        ReleaseFailedError: it rejects too much.
    """
    parameters = {"epoch": epoch, "since": since}
    rows = fetch_all(connection, statement("lifecycle/reject_shares"), parameters)
    found = {
        bool(row["is_new"]): Rejected(
            int(row["records_read"]), int(row["rejected"]), (row["first_rules"], row["last_rules"])
        )
        for row in rows
    }
    new, old = found.get(True), found.get(False)
    if new is None or old is None or new.rules != old.rules:
        return
    if min(new.records, old.records) < FEWEST_RECORDS:
        return
    if new.share > max(factor * old.share, SMALL_SHARE):
        raise ReleaseFailedError(
            f"Epoch {epoch} rejects {new.share:.1%} of its records; before it"
            f" {old.share:.1%} were rejected by the same rules.",
            next_step="look at the reasons (`clickledger rejects`): is it the release or a client?",
        )


def lag_of(connection: Connection[Cursor]) -> int:
    """Events that wait, as the last heartbeat says."""
    row = fetch_one(connection, statement("lifecycle/state")) or {}
    return int(row.get("lag_events") or 0)


def require_lag_falls(connection: Connection[Cursor], epoch: int, most: int) -> None:
    """Wait until no more than ``most`` events wait.

    Raises:
        ReleaseFailedError: they do not become fewer.
    """
    if not wait_for(
        lambda: lag_of(connection) <= most, within_s=LAG_FALLS_WITHIN_S, every_s=POLL_S
    ):
        raise ReleaseFailedError(
            f"Epoch {epoch} does not keep up: {lag_of(connection):,} events wait,"
            f" {LAG_FALLS_WITHIN_S:g} s after {most:,}."
        )
