"""Any order, any batching, any crash: the stream's tables, both recounts and the oracle agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from clickledger.clock import HOUR_MS, to_epoch_ms, utc_now
from tests.stack.batch.reconciled import Reconciled

pytestmark = pytest.mark.stack

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
HOURS = 3
POINTS = (
    *("range_read", "in_job", "before_transaction", "inside_transaction"),
    *("before_commit", "after_commit"),
)
GARBAGE = (b"", b"x|y", b"d|tv|yesterday|1", b"\xff|tv|1|1", b"d|tv|1|many", b"d|tv|1|1|1")


def lines(chance: random.Random, count: int) -> Iterator[bytes]:
    """Events of few devices in three hours that are long over, odd ones and garbage among them."""
    start = to_epoch_ms(DAY)
    for _ in range(count):
        if chance.random() < 0.05:
            yield chance.choice(GARBAGE)
            continue
        time_ms = start + chance.randrange(HOURS * HOUR_MS)
        kind, device = chance.choice(("mobile", "tv", "=1+1")), chance.randrange(40)
        yield f"d {device}|{kind}|{time_ms}|{chance.randrange(4)}".encode() + chance.choice(
            (b"", b"\r", b"\n", b"\r\n")
        )


def batching(chance: random.Random) -> dict[str, str]:
    """Of both plans of counting, in batches of any size."""
    return {
        "trigger_interval_ms": "0",
        "max_offsets_per_trigger": str(chance.choice((150, 700, 2_500, 100_000))),
        "small_batch_records": str(chance.choice((0, 400, 50_000))),
        "groups_at_once": str(chance.choice((30, 500, 500_000))),
    }


def play(reconciled: Reconciled, chance: random.Random) -> None:
    """Some events, some of them twice, in any order; a kill in their middle; four equal counts."""
    deployment, point = reconciled.deployment, chance.choice(POINTS)
    sent = list(lines(chance, chance.randrange(1_000, 4_000)))
    sent += chance.sample(sent, len(sent) // 10)
    chance.shuffle(sent)
    middle = chance.randrange(1, len(sent))
    deployment.rest()
    deployment.send(sent[:middle])
    killed = deployment.driver(failpoint=point, **batching(chance))
    killed.await_failpoint()
    killed.kill("jvm", "python")
    killed.await_end()
    deployment.send(sent[middle:])
    deployment.driver(**batching(chance))
    deployment.await_applied()
    deployment.assert_exact()
    found = {result.hour: result.verdict.value for result in reconciled.reconcile().results}
    hours = [DAY + n * timedelta(hours=1) for n in range(HOURS)]
    assert {hour: found[hour] for hour in hours} == dict.fromkeys(hours, "identical")
    reconciled.assert_hours_exact()
    reconciled.assert_books_balance()


def test_four_counts_are_one(reconciled: Reconciled, seed: int) -> None:
    play(reconciled, random.Random(seed))


@pytest.mark.long
def test_four_counts_are_one_however_often(
    reconciled: Reconciled, seed: int, record_property: Callable[[str, object], None]
) -> None:
    rounds = 20
    record_property("rounds", rounds)
    for turn in range(rounds):
        play(reconciled, random.Random(seed + turn))
