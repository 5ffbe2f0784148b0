"""A whole day of made-up traffic: late, sent twice and malformed events among it."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.event_maker import START_MS
from clickledger.clock import HOUR_MS
from clickledger.generator.events import EventGenerator
from clickledger.generator.model import Span, TrafficModel


@dataclass(frozen=True)
class DayMaker:
    """``events`` events of 2025-12-01 UTC by the product's own generator, ``devices`` of them."""

    events: int
    devices: int
    seed: int = 1

    @property
    def topic(self) -> str:
        """A name that tells one day from another."""
        return f"bench-day-{self.events}x{self.devices}-seed{self.seed}"

    @property
    def records(self) -> int:
        """How many values there are."""
        return self.events

    def values(self) -> Iterator[list[bytes]]:
        """The record values, a chunk at a time."""
        generator = EventGenerator(TrafficModel(seed=self.seed, devices=self.devices))
        for chunk in generator.over(Span(START_MS, START_MS + 24 * HOUR_MS), self.events):
            yield chunk.values
