"""Where a figure is expected to be, from the same figure of like days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

LIKE_DAYS = 7  # of the same weekday: a Monday is like Mondays
# Median and median deviation: up to three odd days in the history do not move the band far. For
# figures that scatter like a bell, five median deviations are 3.4 standard ones.
DEVIATIONS = 5
LEAST_SHARE = 0.2  # seven days that happen to be alike make no band that a usual day would leave


@dataclass(frozen=True, slots=True)
class Band:
    """Both ends included."""

    low: float
    high: float


def band(history: Sequence[float], least: float = 0) -> Band | None:
    """The band of like days' figures, at least ``least`` to each side; ``None``: no history yet."""
    if len(history) < LIKE_DAYS:
        return None
    middle = median(history)
    deviation = median(abs(figure - middle) for figure in history)
    width = max(DEVIATIONS * deviation, LEAST_SHARE * middle, least)
    return Band(max(0, middle - width), middle + width)
