"""The verdict on the stream, from its row alone."""

from typing import Any

import pytest

from cli.stream import status_lines
from cli.stream_state import duration, verdict

pytestmark = pytest.mark.unit
ROW: dict[str, Any] = {
    "state": "running",
    "desired_state": "running",
    "desired_by": None,
    "desired_reason": None,
    "desired_at": None,
    "started_at": None,
    "heartbeat_at": None,
    "last_commit_at": None,
    "heartbeat_age_s": 0.4,
    "last_commit_age_s": 0.2,
    "lag_events": 0,
    "epoch": 3,
    "fence_epoch": 3,
    "generation": None,
    "release_name": None,
    "host": None,
    "pid": None,
    "halt_exit_code": None,
    "halt_reason": None,
    "progress": None,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "running, and nothing is unread"),
        ({"lag_events": 1_500}, "running, 1,500 events behind"),
        ({"lag_events": None}, "running, but Kafka does not say how far behind it is"),
        (
            {"lag_events": 7, "last_commit_age_s": 90.0},
            "STUCK: 7 events are unread and the last commit was 90 s ago",
        ),
        ({"lag_events": 0, "last_commit_age_s": 9e9}, "running, and nothing is unread"),
        ({"heartbeat_age_s": 300.0}, "no sign of life for 5 min; it last said running"),
        ({"state": "starting", "heartbeat_age_s": None}, "no sign of life; it last said starting"),
        ({"state": "draining"}, "draining"),
        ({"state": "drained", "heartbeat_age_s": 9e9}, "drained"),
        (
            {"state": "halted", "halt_exit_code": 15, "halt_reason": "too many"},
            "halted (exit code 15): too many",
        ),
        (
            {"state": "down", "halt_exit_code": 14, "halt_reason": "no MySQL"},
            "down (exit code 14): no MySQL",
        ),
        ({"state": "down"}, "down"),
    ],
)
def test_verdicts(changes: dict[str, Any], expected: str) -> None:
    assert verdict({**ROW, **changes}) == expected


def test_lines_of_a_stream_that_never_ran_and_of_one_that_does() -> None:
    never = status_lines({**ROW, "state": "down", "epoch": None, "fence_epoch": 0})
    assert never[0] == "stream:      down"
    assert "epoch:       - (the database grants 0)" in never
    progress = {"records": 12_345, "records_per_s": 50.1, "count_ms": 20, "commit_ms": 9}
    runs = status_lines({**ROW, "progress": progress})
    assert "progress:    12,345 records, 50.1/s, count 20 ms, commit 9 ms" in runs


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (45, "45 s"), (150, "2 min"), (9_000, "2 h 30 min"), (200_000, "2 days")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
