"""What of a batch's ranges the ledger still wants (protocol P1, step 1)."""

from pathlib import Path
from typing import Any, cast

import pytest

from clickledger.contract.rules import CONTRACTS
from clickledger.errors import ClickledgerError, LedgerGapError, LedgerMovedError
from clickledger.ledger.positions import OffsetRange, Position
from clickledger.settings import load_settings
from streaming.drain import DrainGate
from streaming.micro_batch import MicroBatches, outstanding
from streaming.progress import Progress
from streaming.reject_limit import RejectLimit
from tests.unit.streaming.test_ranges import write

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


class MadeUpSink:
    """A ledger that stands at 10."""

    def positions(self) -> dict[int, Position]:
        return at(10)


@pytest.mark.parametrize(("committed", "error"), [(10, LedgerGapError), (11, LedgerMovedError)])
def test_a_batch_beyond_the_ledger_is_a_gap_unless_the_ledger_went_back(
    tmp_path: Path, committed: int, error: type[ClickledgerError]
) -> None:
    """The one needs a person, the other the next start."""
    write(tmp_path, "offsets/8", '{"0":11}')
    write(tmp_path, "offsets/9", '{"0":20}')
    nothing = cast(Any, None)
    batches = MicroBatches(
        settings=load_settings(),
        rules=CONTRACTS[1],
        checkpoint=tmp_path,
        sink=cast(Any, MadeUpSink()),
        log=nothing,
        gate=DrainGate(),
        limit=RejectLimit(1, 100),
        progress=Progress(positions={0: committed}),
    )
    with pytest.raises(error):
        batches(nothing, 9)
