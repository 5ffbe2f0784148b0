"""What a driver knows of itself: for the heartbeat, for the log, and against the ledger."""

from __future__ import annotations

import pytest

from clickledger.errors import LedgerMovedError
from clickledger.ledger.positions import Position
from streaming.progress import BatchTimes, Progress
from tests.unit.streaming.batches import batch, part

pytestmark = pytest.mark.unit


def ledger(**offsets: int) -> dict[int, Position]:
    """``p0=10``: partition 0 stands at 10."""
    return {int(p[1:]): Position(int(p[1:]), "id", 0, at, None) for p, at in offsets.items()}


def worked() -> Progress:
    """Two batches after a start at 10 and 20."""
    progress = Progress(positions={0: 10, 1: 20})
    progress.committed(batch(part(10, 40, rejected=5)), BatchTimes(0.5, 0.25))
    progress.committed(
        batch(part(40, 60, rejected=1), part(20, 30, partition=1)), BatchTimes(0.0124, 0.0046)
    )
    return progress


def test_what_the_heartbeat_tells() -> None:
    told = worked().as_dict({0: 65, 1: 29, 2: 7})
    assert told.pop("records_per_s") == 60.0  # less than a second counts as one
    assert told == {
        "batches": 2,
        "records": 60,
        "rejected": 6,
        "count_ms": 12,
        "commit_ms": 5,
        "positions": {0: 60, 1: 30},
        "lag_events": 5 + 0 + 7,  # one that was counted since its end was asked for is not behind
    }


def test_before_the_first_batch_there_are_no_times_and_without_kafka_no_lag() -> None:
    told = Progress(positions={0: 10}).as_dict(None)
    assert (told["count_ms"], told["commit_ms"], told["lag_events"]) == (None, None, None)
    assert (told["records_per_s"], told["positions"]) == (0.0, {0: 10})


def test_the_rate_is_of_the_last_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("streaming.progress.time.monotonic", lambda: clock[0])
    progress = Progress()
    for at_s, records in ((0.0, 900), (61.0, 90), (71.0, 10)):
        clock[0] = at_s
        progress.committed(batch(part(0, records)), BatchTimes(0, 0))
    assert progress.as_dict(None)["records_per_s"] == 10.0
    clock[0] = 132.0
    assert progress.as_dict(None)["records_per_s"] == 0.0


def test_one_line_for_the_log() -> None:
    assert worked().in_words() == (
        "60 records in 2 batches (60.0/s), 6 rejected; last batch: count 12 ms, commit 5 ms"
    )


def test_a_ledger_where_this_driver_left_it_or_beyond_is_its_own() -> None:
    for found in (ledger(p0=60, p1=30), ledger(p0=61, p1=30, p2=0)):
        assert worked().ledger(lambda found=found: found) == found  # type: ignore[misc]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (ledger(p0=59, p1=30), "partition 0 stands at 59, before 60,"),
        (ledger(p0=60), "partition 1 stands at None, before 30,"),
    ],
)
def test_a_ledger_that_went_back_ends_the_driver(found: dict[int, Position], words: str) -> None:
    with pytest.raises(LedgerMovedError, match=words):
        worked().ledger(lambda: found)


def test_a_batch_that_commits_while_the_ledger_is_read_is_no_gap() -> None:
    """Its offsets are heard of afterwards."""
    progress = worked()

    def read() -> dict[int, Position]:
        progress.committed(batch(part(60, 70)), BatchTimes(0, 0))
        return ledger(p0=60, p1=30)

    assert progress.ledger(read) == ledger(p0=60, p1=30)
