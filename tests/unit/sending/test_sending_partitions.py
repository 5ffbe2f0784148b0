"""Which partition a value goes to."""

from collections import Counter

import pytest

from clickledger.sending.partitions import (
    PartitionBy,
    by_device,
    by_line,
    partition_choice,
    round_robin,
)

pytestmark = pytest.mark.unit
LINES = [b"device-%d|mobile|%d|1" % (number % 50, number) for number in range(6_000)]


def test_round_robin_is_even() -> None:
    chosen = [round_robin(number, b"", 3) for number in range(1, 8)]
    assert chosen == [0, 1, 2, 0, 1, 2, 0]


def test_a_device_stays_in_one_partition() -> None:
    seen: dict[bytes, set[int]] = {}
    for number, line in enumerate(LINES, start=1):
        seen.setdefault(line.split(b"|")[0], set()).add(by_device(number, line, 4))
    assert {len(partitions) for partitions in seen.values()} == {1}
    assert set.union(*seen.values()) == {0, 1, 2, 3}


def test_lines_spread_and_equal_ones_meet() -> None:
    spread = Counter(by_line(number, line, 4) for number, line in enumerate(LINES, start=1))
    assert min(spread.values()) > 1_300
    assert by_line(1, LINES[0], 4) == by_line(99, LINES[0], 4)


def test_every_way_has_its_function() -> None:
    assert {partition_choice(by) for by in PartitionBy} == {round_robin, by_line, by_device}
