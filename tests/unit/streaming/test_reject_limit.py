"""The stream halts before a good topic drains into nothing, and only then."""

import pytest

from clickledger.errors import TooManyRejectsError
from clickledger.ledger.positions import OffsetRange
from streaming.reject_limit import RejectLimit, Seen
from tests.unit.streaming.batches import batch, part

pytestmark = pytest.mark.unit


def test_a_batch_at_the_limit_passes_and_one_record_more_halts() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    limit.check(batch(part(0, 1_000, rejected=500)))
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(0, 1_000, rejected=501)))


def test_the_first_few_records_do_not_halt_however_bad() -> None:
    RejectLimit(share=0.5, window=1_000).check(batch(part(0, 500, rejected=500)))


def test_rejects_add_up_over_many_small_batches() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    for start in range(0, 500, 10):
        garbage = batch(part(start, start + 10, rejected=10))
        limit.check(garbage)
        limit.remember(garbage)
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(500, 510, rejected=10)))


def test_old_batches_leave_the_window() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    limit.add(Seen(500, 500))
    limit.add(Seen(1_000, 0))
    limit.check(batch(part(0, 10, rejected=10)))


def test_a_share_of_one_never_halts() -> None:
    RejectLimit(share=1.0, window=100).check(batch(part(0, 10_000, rejected=10_000)))


def test_a_named_range_passes_and_does_not_count_later() -> None:
    limit = RejectLimit(share=0.5, window=100, allowed=[OffsetRange(0, 0, 1_000)])
    garbage = batch(part(0, 1_000, rejected=1_000))
    limit.check(garbage)
    limit.remember(garbage)
    limit.check(batch(part(1_000, 1_050, rejected=50)))
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(1_000, 1_051, rejected=51)))
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(0, 51, rejected=51, partition=1)))


def test_the_message_names_the_range_the_reasons_and_the_way_out() -> None:
    with pytest.raises(TooManyRejectsError) as caught:
        RejectLimit(share=0.5, window=100).check(batch(part(7, 207, rejected=150)))
    for words in ("partition 0 [7, 207)", "150 bad_time", "--range 0:7:207", "allow-rejects"):
        assert words in str(caught.value)
