"""Why figures were corrected, or wait for it. What speaks for which: ``evidence.py``."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why figures were corrected. A closed set."""

    RELEASE = "release"  # other code counted wrongly: waits for restate
    RULES = "rules"  # counted rightly, by other rules than those that hold now: only by restate
    MANUAL_CHANGE = "manual change"
    GAP_CLOSED = "ledger gap closed"
    DUPLICATES = "duplicates"
    UNKNOWN = "unknown"  # holds the hour

    @property
    def applied_by_reconcile(self) -> bool:
        """Whether reconcile may correct it."""
        return self in (Cause.MANUAL_CHANGE, Cause.GAP_CLOSED, Cause.DUPLICATES)

    @property
    def needs_approval(self) -> bool:
        """Whether a large share of it waits for a person's word; who closed a gap has given it."""
        return self is not Cause.GAP_CLOSED

    @property
    def moves_books(self) -> bool:
        """Whether a correction leaves what the ledger has booked, or comes back to it."""
        return self is not Cause.MANUAL_CHANGE
