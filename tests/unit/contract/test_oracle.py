"""The plain-Python contract: every example, and laws that hold for every value."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clickledger.contract.examples import Example, load_examples
from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import LINE_ENDS, Reason, Rules
from tests.unit.contract.values import RULES, kafka_times, values

pytestmark = pytest.mark.unit

EXAMPLES = load_examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example) -> None:
    assert judge(example.value, example.kafka_time_ms, example.rules) == example.expected


def test_every_reason_and_every_usual_mistake_has_examples() -> None:
    reasons = {e.expected for e in EXAMPLES if isinstance(e.expected, Reason)}
    assert reasons == set(Reason)
    assert len({e.name for e in EXAMPLES}) == len(EXAMPLES) >= 80


def test_the_minute_of_an_event_begins_at_its_full_minute() -> None:
    assert Event("d", "t", 1_767_225_659_999, 1).minute_ms == 1_767_225_600_000
    assert Event("d", "t", 1_767_225_660_000, 1).minute_ms == 1_767_225_660_000


@given(values, kafka_times, st.sampled_from(RULES))
def test_an_accepted_event_says_what_the_value_says(
    value: bytes | None, kafka_time_ms: int, rules: Rules
) -> None:
    verdict = judge(value, kafka_time_ms, rules)
    if value is None or isinstance(verdict, Reason):
        return
    device_id, device_type, time, click = value.decode().rstrip("\r\n").split("|")
    assert (device_id, device_type) == (verdict.device_id, verdict.device_type)
    assert (int(time), int(click)) == (verdict.time_ms, verdict.click)


@given(values, kafka_times, st.sampled_from(RULES), st.sampled_from(LINE_ENDS))
def test_one_line_end_changes_nothing(
    value: bytes | None, kafka_time_ms: int, rules: Rules, line_end: str
) -> None:
    assume(value is not None and not value.endswith((b"\r", b"\n")))
    assert value is not None
    with_line_end = judge(value + line_end.encode(), kafka_time_ms, rules)
    assert with_line_end == judge(value, kafka_time_ms, rules)


@given(values, kafka_times, st.sampled_from(RULES))
def test_without_limits_on_its_age_the_kafka_timestamp_does_not_matter(
    value: bytes | None, kafka_time_ms: int, rules: Rules
) -> None:
    timeless = replace(rules, max_future_ms=None, max_age_ms=None)
    assert judge(value, kafka_time_ms, timeless) == judge(value, 0, timeless)
