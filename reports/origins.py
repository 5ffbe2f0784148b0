"""What a day's figures rest on: per hour its state, version and cut; rules, releases, quality."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_text
from clickledger.day_quality import DayQuality, DayVerdict, day_quality
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from reports.day import Day

# What it observes, and whether it is asked for at all, depends on when the day was judged.
OF_THE_CLOCK = "fresh"


@dataclass(frozen=True, slots=True)
class HourOrigin:
    """One UTC hour that the day lies in. ``cut`` is empty while the hour is not reconciled.

    ``version`` and ``correction`` (the newest one in the hour) tell later what has moved since.
    They differ between two databases with the same figures: no part of a bundle's bytes.
    """

    hour: datetime
    state: str
    version: int
    cut: Mapping[str, int]
    correction: int
    restated_by_rules: int | None
    releases: Sequence[str]

    @property
    def name(self) -> str:
        """Its beginning in UTC."""
        return utc_text(self.hour)

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return {"hour": self.name, "state": self.state, "cut": dict(self.cut)}


@dataclass(frozen=True, slots=True)
class Origins:
    """What all hours of a day rest on."""

    hours: Sequence[HourOrigin]
    rules: Sequence[int]
    quality: DayQuality

    @property
    def releases(self) -> list[str]:
        """Names of the releases that counted the events."""
        return sorted({name for hour in self.hours for name in hour.releases})

    @property
    def versions(self) -> int:
        """Sum of the hours' versions: they only grow."""
        return sum(hour.version for hour in self.hours)

    @property
    def kept(self) -> str:
        """``exports.made_of``."""
        return json.dumps(
            {
                hour.name: {
                    "version": hour.version,
                    "cut": dict(hour.cut),
                    "correction": hour.correction,
                }
                for hour in self.hours
            }
        )


def origins_of(connection: Connection[Cursor], day: Day) -> Origins:
    """What the figures of the caller's snapshot rest on."""
    span = {"start": day.first_hour, "end": day.ends_at}
    hours = [_origin(row) for row in fetch_all(connection, statement("reports/origins"), span)]
    rules = {row["rules_version"] for row in fetch_all(connection, _text("rules"), span)}
    rules |= {hour.restated_by_rules for hour in hours if hour.restated_by_rules}
    return Origins(hours, sorted(rules), timeless(day_quality(connection, day.day)))


def timeless(quality: DayQuality) -> DayQuality:
    """Without what only the clock decided: bundles are made of the day's own figures."""
    results = tuple(row for row in quality.results if row["expectation"] != OF_THE_CLOCK)
    found = replace(quality, results=results)
    if quality.verdict is DayVerdict.WARNED and quality.unmet and not found.unmet:
        return replace(found, verdict=DayVerdict.PASSED)
    return found


def _text(name: str) -> str:
    return statement(f"reports/{name}")


def _origin(row: dict[str, Any]) -> HourOrigin:
    return HourOrigin(
        hour=row["hour"],
        state=row["state"],
        version=row["version"],
        cut=dict(sorted(json.loads(row["cut"] or "{}").items())),
        correction=row["correction"] or 0,
        restated_by_rules=row["restated_by_rules"],
        releases=json.loads(row["releases"] or "[]"),
    )
