"""When retention comes near what is not archived: said early, in words."""

import pytest

from clickledger.clock import HOUR_MS
from clickledger.kafka.topic_log import LogBounds, Retention
from lifecycle.unarchived import MB, KeptLog, in_danger

pytestmark = pytest.mark.unit

ROWS = [{"kafka_partition": 0, "start_offset": 50, "kafka_time_min_ms": 0}]
FOR_EVER = Retention(None, None)


def said(start: int, retention: Retention, age_ms: int = 0, size: int = 0) -> list[str]:
    """Of partition 0, of which offset 50 is the first that is not archived, and 90 the end."""
    kept = KeptLog({0: LogBounds(start, 90)}, retention, {0: size}, age_ms)
    return list(in_danger(ROWS, kept, share=0.5))


def test_nothing_is_said_in_time() -> None:
    assert said(50, Retention(10 * HOUR_MS, None), 5 * HOUR_MS - 1) == []
    assert said(0, FOR_EVER, 1000 * HOUR_MS, 1000 * MB) == []


def test_half_of_the_time_is_used_up() -> None:
    assert said(50, Retention(10 * HOUR_MS, None), 7 * HOUR_MS) == [
        "partition 0: offset 50 is not archived, and Kafka keeps it for 3.0 h more of 10.0 h"
    ]


def test_half_of_the_size_is_used_up() -> None:
    """Of 80 offsets in 100 MB, 40 are not archived."""
    assert said(10, Retention(None, 100 * MB + 1), size=100 * MB) == []
    assert said(10, Retention(10 * HOUR_MS, 100 * MB), size=100 * MB) == [
        "partition 0: 50.0 MB from offset 50 on are not archived, and Kafka keeps 100.0 MB"
    ]


def test_too_late() -> None:
    assert said(60, FOR_EVER) == [
        "partition 0: Kafka has dropped offsets from 50 to 60 that were not archived"
    ]
