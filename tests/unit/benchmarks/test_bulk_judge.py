"""The rival's bulk judgement is the contract's: compared with the oracle, record by record."""

from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import bulk_judge
from benchmarks.bulk_judge import Part, judged
from benchmarks.event_maker import EventMaker
from clickledger.contract.examples import load_examples
from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import CONTRACTS, Rules
from clickledger.generator.events import EventGenerator
from clickledger.generator.model import FIRST_MS, Span, TrafficModel

pytestmark = pytest.mark.unit
RULES = CONTRACTS[max(CONTRACTS)]
NOW_MS = 1_764_547_200_000
GOOD = b"device-1|mobile|1764547199123|3"


def assert_like_the_oracle(
    values: list[bytes | None], kafka_times: list[int], rules: Rules
) -> None:
    """Minute rows, sums, extremes, and each rejected record with its reason."""
    offsets = range(100, 100 + len(values))
    result = judged([Part.of(values, np.array(kafka_times, np.int64), offsets)], rules)
    verdicts = [judge(v, t, rules) for v, t in zip(values, kafka_times, strict=True)]
    events = [each for each in verdicts if isinstance(each, Event)]
    rejected = [(o, v) for o, v in zip(offsets, verdicts, strict=True) if not isinstance(v, Event)]
    clicks: Counter[tuple[int, str, str]] = Counter()
    count: Counter[tuple[int, str, str]] = Counter()
    for event in events:
        key = (event.minute_ms, event.device_type, event.device_id)
        clicks[key] += event.click
        count[key] += 1
    rows = [tuple(row.values()) for row in result.minutes.to_pylist()]
    assert rows == sorted((*key, clicks[key], number) for key, number in count.items())
    assert [(each.offset, each.reason) for each in result.rejected] == rejected
    times = [event.time_ms for event in events]
    assert (result.time_min_ms, result.time_max_ms) == (
        min(times, default=None),
        max(times, default=None),
    )
    assert (result.records, result.clicks) == (len(values), sum(e.click for e in events))


def test_every_example_of_the_contract_among_good_ones() -> None:
    for rules, group in groupby(load_examples(), key=lambda example: example.rules):
        for example in group:
            values = [GOOD, example.value, GOOD]
            assert_like_the_oracle(values, [example.kafka_time_ms] * 3, rules)
            assert_like_the_oracle([example.value], [example.kafka_time_ms], rules)


def test_generated_traffic_with_all_its_odd_events() -> None:
    model = TrafficModel(seed=3, devices=200, malformed_share=0.05, unusual_share=0.05)
    span = Span(FIRST_MS + 86_400_000 * 365, FIRST_MS + 86_400_000 * 366)
    for chunk in EventGenerator(model).over(span, 20_000):
        assert_like_the_oracle(list(chunk.values), chunk.arrival_ms.tolist(), RULES)


def test_clean_events_are_never_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are what a drain consists of."""
    monkeypatch.setattr(bulk_judge, "judge", None)
    values = [value for chunk in EventMaker(30_000, 500).values() for value in chunk]
    result = judged([Part.of(list(values), np.full(len(values), NOW_MS), range(30_000))], RULES)
    assert (result.records, result.rejected) == (30_000, [])


FRAGMENTS = st.sampled_from(
    [b"", b"|", b"\n", b"\r", b" ", b"+", b"-", b"0", b'"', b"\xff", b"\xc3\xa9", b"1e3", b"a|b"]
)


@settings(max_examples=300, deadline=None)
@given(
    edits=st.lists(st.tuples(st.integers(0, len(GOOD)), FRAGMENTS, st.booleans()), max_size=3),
    neighbours=st.integers(0, 2),
)
def test_spoilt_lines(edits: list[tuple[int, bytes, bool]], neighbours: int) -> None:
    """Something put in, or in the place of a byte, anywhere in a good line."""
    value = GOOD
    for where, fragment, replaces in edits:
        value = value[:where] + fragment + value[where + replaces :]
    values = [*[GOOD] * neighbours, value]
    assert_like_the_oracle(list(values), [NOW_MS] * len(values), RULES)
