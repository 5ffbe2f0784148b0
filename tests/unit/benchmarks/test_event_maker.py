"""Benchmarks are checked against this truth: it must be the contract's own."""

from collections import Counter
from itertools import chain

import pytest

from benchmarks.event_maker import START_MS, EventMaker, SpoiledEventMaker
from clickledger.clock import from_epoch_ms
from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import CONTRACTS

pytestmark = pytest.mark.unit
RULES = CONTRACTS[max(CONTRACTS)]


@pytest.mark.parametrize("kind", [EventMaker, SpoiledEventMaker])
def test_the_truth_is_what_the_oracle_counts(kind: type[EventMaker]) -> None:
    maker = kind(5_000, 300, seed=4)
    values = list(chain.from_iterable(maker.values()))
    verdicts = [judge(value, START_MS, RULES) for value in values]
    clicks: Counter[tuple[object, ...]] = Counter()
    events: Counter[tuple[object, ...]] = Counter()
    for event in verdicts:
        if isinstance(event, Event):
            key = (from_epoch_ms(event.minute_ms), event.device_type, event.device_id)
            clicks[key] += event.click
            events[key] += 1
    assert {key: (clicks[key], count) for key, count in events.items()} == maker.truth()
    assert (len(values), sum(events.values())) == (maker.records, maker.events)


def test_the_same_seed_makes_the_same_events() -> None:
    assert list(EventMaker(100, 10, 1).values()) == list(EventMaker(100, 10, 1).values())
    assert list(EventMaker(100, 10, 1).values()) != list(EventMaker(100, 10, 2).values())
    assert EventMaker(100, 10, 1).topic != SpoiledEventMaker(100, 10, 1).topic
