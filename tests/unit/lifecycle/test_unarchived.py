"""When retention comes near what is not archived: said early, in words."""

import pytest

from clickledger.clock import HOUR_MS
from clickledger.kafka.topic_log import LogBounds
from lifecycle.unarchived import in_danger

pytestmark = pytest.mark.unit

ROWS = [{"kafka_partition": 0, "start_offset": 50, "kafka_time_min_ms": 0}]


def said(start: int, retention_ms: int | None, age_ms: int) -> list[str]:
    bounds = {0: LogBounds(start, 90)}
    return list(in_danger(ROWS, bounds, retention_ms, age_ms, share=0.5))


def test_nothing_is_said_in_time() -> None:
    assert said(50, 10 * HOUR_MS, 5 * HOUR_MS - 1) == []
    assert said(0, None, 1000 * HOUR_MS) == []


def test_half_of_the_retention_is_used_up() -> None:
    assert said(50, 10 * HOUR_MS, 7 * HOUR_MS) == [
        "partition 0: offset 50 is not archived, and Kafka keeps it for 3.0 h more of 10.0 h"
    ]


def test_too_late() -> None:
    assert said(60, None, 0) == [
        "partition 0: Kafka has dropped offsets from 50 to 60 that were not archived"
    ]
