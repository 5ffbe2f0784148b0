"""A day as one snapshot of the database had it, and what will be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clickledger.ledger.gaps import Gap
from reports.day import Day
from reports.day_measures import Measures, NewDevices
from reports.facts import Comparison, Facts, State
from reports.making import Tables
from reports.origins import Origins
from reports.registry import Export


@dataclass(frozen=True, slots=True)
class DayRead:
    """All that came from the database; ``held`` are reasons that hold the day back."""

    day: Day
    read_at: datetime
    origins: Origins
    gaps: Sequence[Gap]
    held: Sequence[str]
    before: Sequence[Export]
    tables: Tables
    took_s: float
    beside: tuple[NewDevices, Measures | None]
    compared: Sequence[Comparison]
    since: Export | None  # the version that this one is compared with

    @property
    def newest(self) -> Export | None:
        """The newest version that stands."""
        return self.before[-1] if self.before else None

    @property
    def rows_per_s(self) -> int:
        """How fast devices were read and written."""
        return round(self.tables.types.total("devices") / max(self.took_s, 1e-3))

    def facts(self, version: int, reason: str) -> Facts:
        """What a new version says."""
        new, measures = self.beside
        return Facts(
            day=self.day,
            version=version,
            state=self._state,
            held=self.held,
            reason=reason,
            since=self.since,
            origins=self.origins,
            gaps=self.gaps,
            types=self.tables.types,
            hours=self.tables.hours,
            top=self.tables.top,
            new=new,
            measures=measures,
            comparisons=self.compared,
        )

    @property
    def _state(self) -> State:
        if self.held:
            return "provisional"
        return "restated" if any(each.is_final for each in self.before) else "final"
