"""Geometry of the page's pictures: which rectangle stands where. The template draws them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 300, 64, 12, 34
MOST_SERIES = 5  # colours that can be told apart; the rest is one more
OTHERS = "all others"
_ROUND = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; ``series`` is the number of its colour, ``words`` what pointing at it says."""

    x: float
    y: float
    width: float
    height: float
    series: int
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the picture, or a name under it, and what stands beside it."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Stacked:
    """Columns of several series on top of each other."""

    series: Sequence[str]
    bars: Sequence[Bar]
    lines: Sequence[Tick]
    names: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = field(default=HEIGHT - BOTTOM)


def clicks_by_hour(
    hours: Sequence[str], rows: Sequence[Mapping[str, Any]], others: Mapping[str, int]
) -> Stacked:
    """One column an hour of the clock, one colour a device type, most clicks at the bottom.

    ``others`` are clicks by hour of the types that are not in ``rows``.
    """
    named = _named(rows, has_others=bool(others))
    counts = _counts(named, rows)
    for hour, count in others.items():
        counts[hour][len(named)] += count
    has_rest = any(len(named) in of_hour for of_hour in counts.values())
    series = [*named, OTHERS] if has_rest else named
    most = max((sum(of_hour.values()) for of_hour in counts.values()), default=0)
    step = _step(most)
    ceiling = step * max(1, -(-most // step))
    room = HEIGHT - TOP - BOTTOM
    scale = room / ceiling
    place = (WIDTH - LEFT) / max(1, len(hours))
    bars = []
    for index, hour in enumerate(hours):
        y = float(HEIGHT - BOTTOM)
        for number, name in enumerate(series):
            if count := counts[hour][number]:
                y -= count * scale
                words = f"{_clock(hour)}  {name}: {count:,}"
                x = LEFT + index * place + place * 0.1
                bars.append(Bar(x, y, place * 0.8, count * scale, number, words))
    lines = [
        Tick(HEIGHT - BOTTOM - level * scale, _short(level))
        for level in range(0, int(ceiling) + 1, int(step))
    ]
    names = [
        Tick(LEFT + (index + 0.5) * place, _clock(hour))
        for index, hour in enumerate(hours)
        if index % 3 == 0
    ]
    return Stacked(series, bars, lines, names)


def shares(parts: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """Name, number and share of each part, for a bar across the page."""
    whole = sum(parts.values())
    return [(name, count, count / whole if whole else 0.0) for name, count in parts.items()]


def _named(rows: Sequence[Mapping[str, Any]], *, has_others: bool) -> list[str]:
    """Those that get a colour of their own; a single one too many is no reason for another name."""
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        totals[row["device_type"]] += row["clicks"]
    names = sorted(totals, key=lambda name: (-totals[name], name))
    return names[:MOST_SERIES] if has_others or len(names) > MOST_SERIES + 1 else names


def _counts(named: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[int, int]]:
    """Clicks by hour and number of the series: behind the last name stand all others."""
    numbers = {name: number for number, name in enumerate(named)}
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        counts[row["local_hour"]][numbers.get(row["device_type"], len(named))] += row["clicks"]
    return counts


def _step(most: int) -> int:
    """A round number that goes about four times into ``most``; at least 1."""
    wanted = max(1.0, most / 4)
    power = 10 ** (len(str(int(wanted))) - 1)
    return int(next(each * power for each in _ROUND if each * power >= wanted)) or 1


def _clock(local: str) -> str:
    return local[11:16]


def _short(count: int) -> str:
    """As it fits beside an axis."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:g} {unit}"
    return f"{count}"
