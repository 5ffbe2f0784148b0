"""What of a batch's ranges the ledger still wants (protocol P1, step 1)."""

import pytest

from clickledger.errors import LedgerGapError
from clickledger.ledger.positions import OffsetRange, Position
from streaming.micro_batch import outstanding

pytestmark = pytest.mark.unit


def at(next_offset: int) -> dict[int, Position]:
    return {0: Position(0, "id", 0, next_offset, None)}


@pytest.mark.parametrize(
    ("next_offset", "expected"),
    [
        (10, [OffsetRange(0, 10, 20)]),
        (15, [OffsetRange(0, 15, 20)]),
        (19, [OffsetRange(0, 19, 20)]),
        (20, []),
        (25, []),
    ],
)
def test_only_what_is_not_applied(next_offset: int, expected: list[OffsetRange]) -> None:
    assert outstanding([OffsetRange(0, 10, 20)], at(next_offset)) == expected


def test_a_range_beyond_the_ledger_is_a_gap() -> None:
    with pytest.raises(LedgerGapError, match="1 offsets between"):
        outstanding([OffsetRange(0, 10, 20)], at(9))


def test_a_partition_without_a_row_is_taken_whole() -> None:
    assert outstanding([OffsetRange(1, 0, 5)], at(9)) == [OffsetRange(1, 0, 5)]
