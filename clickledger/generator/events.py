"""Makes the events, thousands at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from clickledger.generator.daily_curve import DailyCurve
from clickledger.generator.model import FIRST_MS, Span, TrafficModel
from clickledger.generator.odd_events import MALFORMED, UNUSUAL, Fields, OddEvent
from clickledger.generator.population import Population, make_population

CHUNK = 50_000  # events made at once; part of what a seed means, so never change it lightly
LATEST_MS = 30 * 86_400_000
LATE_MEDIAN_MS, LATE_SPREAD = 20 * 60_000, 1.8
NETWORK_DELAY_MS = 800
DUPLICATE_WITHIN = 200


@dataclass(frozen=True)
class Chunk:
    """Events in the order of their arrival; all arrays have one entry an event.

    ``plain`` events are good ones as the arrays say; what the others are, only ``values`` says.
    """

    values: list[bytes]
    arrival_ms: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    source: NDArray[np.int64]  # index into Population.sources
    click: NDArray[np.int64]
    plain: NDArray[np.bool_]


class EventGenerator:
    """Made-up events: for the same model and the same calls always the same ones."""

    def __init__(self, model: TrafficModel) -> None:
        people, events = SeedSequence(model.seed).spawn(2)
        self._model = model
        self._random = Generator(PCG64(events))
        self.population: Population = make_population(model, Generator(PCG64(people)))

    def over(self, span: Span, total: int) -> Iterator[Chunk]:
        """``total`` events spread over ``span`` by the daily curve."""
        curve = DailyCurve(span)
        for first in range(0, total, CHUNK):
            numbers = np.arange(first, min(first + CHUNK, total), dtype=np.int64)
            arrivals = curve.arrivals(self._random, numbers, total)
            yield self.chunk(arrivals, earliest_ms=span.start_ms)

    def chunk(self, arrival_ms: NDArray[np.int64], *, earliest_ms: int = FIRST_MS) -> Chunk:
        """One event for each of these arrivals, none with a time before ``earliest_ms``."""
        count = len(arrival_ms)
        time_ms = self._event_times(arrival_ms, earliest_ms)
        source = self.population.pick(self._random, count)
        click = self._clicks(count)
        odd = self._odd_events(count)
        origin = self._origins(count)
        values = self._values(source, time_ms, click, odd)
        plain = np.ones(count, dtype=np.bool_)
        plain[list(odd)] = False
        return Chunk(
            values=[values[index] for index in origin.tolist()],
            arrival_ms=arrival_ms,
            time_ms=time_ms[origin],
            source=source[origin],
            click=click[origin],
            plain=plain[origin],
        )

    def _event_times(self, arrival_ms: NDArray[np.int64], earliest: int) -> NDArray[np.int64]:
        count, random = len(arrival_ms), self._random
        delay = random.exponential(NETWORK_DELAY_MS, count)
        late = random.random(count) < self._model.late_share
        delay[late] += random.lognormal(np.log(LATE_MEDIAN_MS), LATE_SPREAD, int(late.sum()))
        # What would be earlier than allowed falls anywhere between that bound and its arrival.
        room = (arrival_ms - earliest).astype(np.float64)
        delay = np.where(delay > room, room * random.random(count), delay)
        return arrival_ms - np.minimum(delay, LATEST_MS).astype(np.int64)

    def _clicks(self, count: int) -> NDArray[np.int64]:
        # Two of three events are one click; batching clients send more.
        return np.minimum(self._random.geometric(0.66, count), 1000).astype(np.int64)

    def _odd_events(self, count: int) -> dict[int, OddEvent]:
        """Which events are spoilt, and how, in their order."""
        drawn = self._random.random(count)
        below = self._model.malformed_share
        odd: dict[int, OddEvent] = {}
        kinds = ((drawn < below, MALFORMED), (drawn >= 1 - self._model.unusual_share, UNUSUAL))
        for chosen, ways in kinds:
            where, by_number = np.flatnonzero(chosen), list(ways.values())
            how = self._random.integers(len(by_number), size=len(where))
            for index, number in zip(where.tolist(), how.tolist(), strict=True):
                odd.setdefault(index, by_number[number])
        return odd

    def _origins(self, count: int) -> NDArray[np.int64]:
        """For each event the index of the one that it is: its own, or an earlier one's."""
        origin = np.arange(count, dtype=np.int64)
        copies = np.flatnonzero(self._random.random(count) < self._model.duplicate_share)
        steps = self._random.integers(1, DUPLICATE_WITHIN + 1, size=len(copies))
        for index, step in zip(copies.tolist(), steps.tolist(), strict=True):
            origin[index] = origin[max(index - step, 0)]  # a copy of a copy is the same event
        return origin

    def _values(
        self,
        source: NDArray[np.int64],
        time_ms: NDArray[np.int64],
        click: NDArray[np.int64],
        odd: dict[int, OddEvent],
    ) -> list[bytes]:
        prefixes = self.population.prefixes
        values = [
            b"%b%d|%d" % (prefixes[index], moment, clicks)
            for index, moment, clicks in zip(
                source.tolist(), time_ms.tolist(), click.tolist(), strict=True
            )
        ]
        for index, spoil in odd.items():
            device_id, device_type = self.population.sources[source[index]]
            good = Fields(device_id, device_type, int(time_ms[index]), int(click[index]))
            values[index] = spoil(good)
        return values
