"""``exports/index.html``: a calendar of days, the state of each, its versions and links."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from reports.day import Day
from reports.page import environment
from reports.registry import Export, newest_good

INDEX = "index.html"
WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Entry:
    """A day of the calendar: published, or waiting for something."""

    day: date
    versions: Sequence[Export]

    @property
    def state(self) -> str:
        """Of the version that ``latest`` is."""
        return newest_good(self.versions).state if self.versions else WAITING

    @property
    def link(self) -> str:
        """The page of that version."""
        return f"{newest_good(self.versions).folder}/report.html"


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks of a month, Mondays first; an entry or nothing for each place."""

    name: str
    weeks: Sequence[Sequence[tuple[int, Entry | None]]]


def write_index(root: Path, time_zone: str, exports: Iterable[Export], days: Iterable[Day]) -> Path:
    """The page over all that was published; ``days`` are all that have hours."""
    published = {
        day: list(versions) for day, versions in groupby(exports, lambda export: export.day)
    }
    known = sorted({*published, *(day.day for day in days)})
    entries = {day: Entry(day, published.get(day, ())) for day in known}
    template = environment().get_template("index.html")
    text = template.render(
        time_zone=time_zone,
        months=list(_months(entries)),
        entries=[each for each in reversed(entries.values()) if each.versions],
    )
    new, target = root / f".{INDEX}", root / INDEX
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(target)
    return target


def _months(entries: dict[date, Entry]) -> Iterable[Month]:
    weeks = calendar.Calendar()
    for year, month in sorted({(day.year, day.month) for day in entries}, reverse=True):
        yield Month(
            f"{calendar.month_name[month]} {year}",
            [
                [(n, entries.get(date(year, month, n)) if n else None) for n in week]
                for week in weeks.monthdayscalendar(year, month)
            ],
        )
