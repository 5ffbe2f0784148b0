"""Refusals at the start, each with its numbers (protocol P2)."""

from dataclasses import replace

import pytest

from clickledger.kafka.start_checks import LogState, changed_record, find_problems
from clickledger.kafka.topic_log import LogBounds, TopicDescription
from clickledger.ledger.positions import Position, RecordIdentity

pytestmark = pytest.mark.unit

RECORD = RecordIdentity(offset=99, leader_epoch=0, timestamp_ms=1_700_000_000_000, digest=b"a" * 32)
POSITION = Position(0, "id-1", origin_offset=10, next_offset=100, last=RECORD)


def log_state(start: int = 0, end: int = 100, topic_id: str = "id-1") -> LogState:
    description = TopicDescription(topic_id, (0,), "delete", log_append_time=True)
    return LogState(description, {0: LogBounds(start, end)})


@pytest.mark.parametrize(("start", "end"), [(0, 100), (100, 100), (0, 5_000)])
def test_a_ledger_inside_the_log_may_start(start: int, end: int) -> None:
    assert find_problems(log_state(start, end), {0: POSITION}) == []


def test_an_empty_ledger_may_start() -> None:
    assert find_problems(log_state(5, 9), {}) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (log_state(start=101, end=200), ["partition 0 [100, 101)", "1 offsets", "never read"]),
        (log_state(end=99), ["partition 0 [99, 100)", "1 offsets", "tail is lost"]),
        (log_state(topic_id="id-2"), ["id-1", "id-2", "created again", "offset 100"]),
        (replace(log_state(), bounds={}), ["partition 0 is gone", "offset 100"]),
    ],
)
def test_every_refusal_names_its_numbers(state: LogState, words: list[str]) -> None:
    [problem] = find_problems(state, {0: POSITION})
    assert [word for word in words if word not in problem] == []


def test_the_same_record_is_no_problem() -> None:
    assert changed_record(POSITION, RECORD) is None
    assert changed_record(replace(POSITION, last=None), RECORD) is None


@pytest.mark.parametrize(
    "found",
    [
        None,
        replace(RECORD, timestamp_ms=RECORD.timestamp_ms + 1),
        replace(RECORD, digest=b"b" * 32),
        replace(RECORD, leader_epoch=1),
    ],
)
def test_another_record_at_a_counted_offset_is_told(found: RecordIdentity | None) -> None:
    problem = changed_record(POSITION, found)
    assert problem is not None
    assert "offset 99" in problem
    assert "[10, 100)" in problem
