"""Generated events: the same for a seed, in order, within their span, with the shares asked for."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from clickledger.errors import UsageError
from clickledger.generator.events import CHUNK, EventGenerator
from clickledger.generator.model import Span, TrafficModel

pytestmark = pytest.mark.unit
DAY = Span(1_735_689_600_000, 1_735_776_000_000)  # 2025-01-01


def made(model: TrafficModel, total: int, span: Span = DAY) -> list[bytes]:
    return [value for chunk in EventGenerator(model).over(span, total) for value in chunk.values]


def test_a_seed_always_means_the_same_events() -> None:
    first = made(TrafficModel(seed=42), CHUNK + 1_000)
    assert made(TrafficModel(seed=42), CHUNK + 1_000) == first
    assert len(first) == CHUNK + 1_000
    assert made(TrafficModel(seed=43), CHUNK + 1_000) != first


def test_arrivals_stand_in_order_and_times_are_within_the_span() -> None:
    chunks = list(EventGenerator(TrafficModel()).over(DAY, CHUNK + 5_000))
    arrivals = np.concatenate([chunk.arrival_ms for chunk in chunks])
    times = np.concatenate([chunk.time_ms for chunk in chunks])
    assert np.all(np.diff(arrivals) >= 0)
    assert DAY.start_ms <= arrivals[0]
    assert arrivals[-1] < DAY.end_ms
    assert np.all(times >= DAY.start_ms)
    assert np.all(times <= arrivals.max())


def test_what_the_arrays_say_is_what_a_plain_event_holds() -> None:
    generator = EventGenerator(TrafficModel(duplicate_share=0.1, malformed_share=0.1))
    chunk = next(generator.over(DAY, 5_000))
    for index in np.flatnonzero(chunk.plain).tolist():
        device_id, device_type = generator.population.sources[chunk.source[index]]
        fields = (device_id, device_type, chunk.time_ms[index], chunk.click[index])
        assert chunk.values[index] == "{}|{}|{}|{}".format(*fields).encode()


def test_no_value_holds_a_line_feed() -> None:
    model = TrafficModel(malformed_share=0.5, unusual_share=0.5)
    assert not [value for value in made(model, 20_000) if b"\n" in value]


def test_shares_are_as_asked_for() -> None:
    total = 40_000
    late_after_ms = 60_000
    chunk = next(EventGenerator(TrafficModel(late_share=0.1)).over(DAY, total))
    late = np.mean(chunk.arrival_ms - chunk.time_ms > late_after_ms)
    assert 0.08 < late < 0.11  # a few of the late ones are only seconds late
    odd = TrafficModel(malformed_share=0.04, unusual_share=0.02, duplicate_share=0)
    (spoilt,) = EventGenerator(odd).over(DAY, total)
    assert 0.055 < np.mean(~spoilt.plain) < 0.065
    (clean,) = EventGenerator(
        TrafficModel(malformed_share=0, unusual_share=0, duplicate_share=0)
    ).over(DAY, total)
    assert clean.plain.all()


def test_duplicates_are_exact_copies_of_events_just_before() -> None:
    plain = TrafficModel(malformed_share=0, unusual_share=0, late_share=0, devices=1_000_000)
    without = made(replace(plain, duplicate_share=0), 20_000)  # so few are equal by chance
    values = made(replace(plain, duplicate_share=0.1), 20_000)
    assert len(without) - len(set(without)) < 20
    assert 1_800 < len(values) - len(set(values)) < 2_200
    first: dict[bytes, int] = {}
    steps = [index - first.setdefault(value, index) for index, value in enumerate(values)]
    far = [step for step in steps if step > 200]  # a copy of a copy may be further away
    assert len(far) < 200


def test_a_copy_of_a_copy_is_the_first_event_again() -> None:
    assert len(set(made(TrafficModel(duplicate_share=1), 1_000))) == 1


def test_few_devices_are_busy_and_many_are_quiet() -> None:
    generator = EventGenerator(TrafficModel(devices=1_000))
    (chunk,) = generator.over(DAY, CHUNK)
    by_source = sorted(Counter(chunk.source.tolist()).values(), reverse=True)
    assert 0.10 < by_source[0] / CHUNK < 0.25
    assert sum(by_source[:100]) / CHUNK > 0.6
    assert len(by_source) > 900


def test_evenings_are_busier_than_nights() -> None:
    (chunk,) = EventGenerator(TrafficModel()).over(DAY, CHUNK)
    hours = Counter(((chunk.arrival_ms - DAY.start_ms) // 3_600_000).tolist())
    assert hours[20] > 6 * hours[3]
    assert sum(hours.values()) == CHUNK
    assert set(hours) == set(range(24))


def test_a_span_may_begin_anywhere_and_be_short() -> None:
    span = Span(DAY.start_ms + 12_345, DAY.start_ms + 12_445)  # a tenth of a second
    (chunk,) = EventGenerator(TrafficModel()).over(span, 1_000)
    assert chunk.arrival_ms.min() >= span.start_ms
    assert chunk.arrival_ms.max() < span.end_ms
    assert chunk.time_ms.min() >= span.start_ms


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"devices": 0},
        {"late_share": 1.1},
        {"malformed_share": -0.1},
        {"malformed_share": 0.6, "unusual_share": 0.6},
        {"zipf_exponent": 9.0},
    ],
)
def test_values_out_of_bounds_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        TrafficModel(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (0, 1_000), (DAY.start_ms, 2**53)])
def test_spans_out_of_bounds_are_refused(start: int, end: int) -> None:
    with pytest.raises(UsageError):
        Span(start, end)
