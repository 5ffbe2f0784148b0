"""When events arrive: more in the evening, few at night, one curve a day."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from clickledger.generator.model import Span

DAY_MS = 86_400_000
MINUTE_MS = 60_000
# Relative traffic at each full hour (UTC); between them a straight line.
HOURLY = (
    *(0.42, 0.30, 0.23, 0.20, 0.20, 0.26, 0.42, 0.66, 0.88, 1.00, 1.05, 1.10),
    *(1.22, 1.15, 1.08, 1.06, 1.12, 1.25, 1.46, 1.72, 1.88, 1.76, 1.28, 0.78),
)


def _minutes_summed_up() -> NDArray[np.float64]:
    """1,441 values: the share of a day's traffic that came before each minute, 0..1."""
    hours = np.arange(1440) / 60
    rates = np.interp(hours, np.arange(25), (*HOURLY, HOURLY[0]))
    summed = np.concatenate(([0.0], np.cumsum(rates)))
    summed /= summed[-1]
    return summed


class DailyCurve:
    """Spreads a number of events over a span, in the order of their arrival."""

    def __init__(self, span: Span) -> None:
        self._summed = _minutes_summed_up()
        self._edges = np.arange(1441, dtype=np.float64) * MINUTE_MS
        self._span = span
        self._first = self._days_before(span.start_ms)
        self._length = self._days_before(span.end_ms) - self._first

    def _days_before(self, moment_ms: int) -> float:
        day, rest = divmod(moment_ms, DAY_MS)
        return float(day + np.interp(rest, self._edges, self._summed))

    def arrivals(
        self, random: Generator, numbers: NDArray[np.int64], total: int
    ) -> NDArray[np.int64]:
        """Epoch milliseconds of the events ``numbers`` of 0..total-1.

        Each event falls at random into its own slice of the traffic, so that parts can be made one
        after the other and still stand in order.
        """
        at = (numbers + random.random(len(numbers))) / total * self._length + self._first
        day = np.floor(at)
        moments = day * DAY_MS + np.interp(at - day, self._summed, self._edges)
        whole = np.floor(moments).astype(np.int64)
        return np.clip(whole, self._span.start_ms, self._span.end_ms - 1)
