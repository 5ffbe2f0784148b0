"""The stream halts before a good topic drains into nothing, and only then."""

import pytest

from clickledger.errors import TooManyRejectsError
from clickledger.ledger.positions import OffsetRange
from streaming.reject_limit import RejectLimit, Seen
from tests.unit.streaming.batches import batch, part

pytestmark = pytest.mark.unit


def commit(limit: RejectLimit, records: int, rejected: int) -> None:
    """One more batch, which passes."""
    passing = batch(part(0, records, rejected))
    limit.check(passing)
    limit.remember(passing)


def assert_halts(limit: RejectLimit, records: int, rejected: int) -> None:
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(0, records, rejected)))


def test_a_batch_that_reaches_the_limit_halts_and_one_record_less_passes() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    limit.check(batch(part(0, 1_000, rejected=499)))
    assert_halts(limit, 1_000, rejected=500)


def test_as_much_garbage_as_good_records_halts_with_the_default_limit() -> None:
    assert_halts(RejectLimit(share=0.5, window=10_000), 200_000, rejected=100_000)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.55, 0.7])
def test_a_share_without_an_exact_binary_is_reached_exactly(share: float) -> None:
    limit = RejectLimit(share, window=100)
    limit.check(batch(part(0, 1_000, rejected=round(share * 1_000) - 1)))
    assert_halts(limit, 1_000, rejected=round(share * 1_000))


def test_the_first_few_records_do_not_halt_however_bad() -> None:
    RejectLimit(share=0.5, window=1_000).check(batch(part(0, 499, rejected=499)))


def test_rejects_add_up_over_many_small_batches() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    for _ in range(49):
        commit(limit, 10, rejected=10)
    assert_halts(limit, 10, rejected=10)


def test_many_small_batches_that_are_half_bad_halt() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    for _ in range(99):
        commit(limit, 10, rejected=5)
    assert_halts(limit, 10, rejected=5)


def test_good_and_bad_batches_in_turn_halt_at_a_bad_one() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    for _ in range(49):
        commit(limit, 10, rejected=10)
        commit(limit, 10, rejected=0)
    assert_halts(limit, 10, rejected=10)


def test_old_batches_leave_the_window() -> None:
    limit = RejectLimit(share=0.5, window=1_000)
    commit(limit, 499, rejected=499)
    commit(limit, 1_000, rejected=0)
    limit.check(batch(part(0, 10, rejected=10)))


def test_of_an_old_batch_only_what_the_window_has_room_for_counts() -> None:
    """After three million good records, half a window of garbage is as much as before them."""
    limit = RejectLimit(share=0.5, window=1_000, before=[Seen(3_000_000, 0)])
    for _ in range(49):
        commit(limit, 10, rejected=10)
    assert_halts(limit, 10, rejected=10)


def test_of_an_old_batch_its_rejects_count_by_their_share() -> None:
    limit = RejectLimit(share=0.5, window=1_000, before=[Seen(10_000, 4_000)])  # 4 of 10
    limit.check(batch(part(0, 160, rejected=160)))  # with 336 of 840
    assert_halts(limit, 170, rejected=170)  # with 332 of 830


def test_after_much_garbage_a_better_batch_passes() -> None:
    """A window can be at the limit by batches that were below it: only a bad one is refused."""
    limit = RejectLimit(share=0.5, window=1_000)
    commit(limit, 499, rejected=499)
    commit(limit, 501, rejected=250)
    commit(limit, 10, rejected=4)
    assert_halts(limit, 10, rejected=5)


def test_what_passed_by_another_limit_does_not_halt() -> None:
    """A share of 1 was put back to 0.5: neither a good batch halts nor one bad record in one."""
    limit = RejectLimit(share=0.5, window=1_000, before=[Seen(200, 0), Seen(5_000, 5_000)])
    commit(limit, 100, rejected=0)
    commit(limit, 1, rejected=1)
    commit(limit, 498, rejected=498)
    assert_halts(limit, 1, rejected=1)


def test_what_earlier_drivers_committed_counts() -> None:
    assert_halts(RejectLimit(0.5, window=1_000, before=[Seen(499, 499)]), 1, rejected=1)


def test_a_share_of_one_never_halts() -> None:
    RejectLimit(share=1.0, window=100).check(batch(part(0, 10_000, rejected=10_000)))


def test_a_named_range_passes_and_does_not_count_later() -> None:
    limit = RejectLimit(share=0.5, window=100, allowed=[OffsetRange(0, 0, 1_000)])
    commit(limit, 1_000, rejected=1_000)
    limit.check(batch(part(1_000, 1_049, rejected=49)))
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(1_000, 1_050, rejected=50)))
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(0, 50, rejected=50, partition=1)))


def test_what_only_begins_in_a_named_range_counts() -> None:
    limit = RejectLimit(share=0.5, window=100, allowed=[OffsetRange(0, 0, 1_000)])
    with pytest.raises(TooManyRejectsError):
        limit.check(batch(part(900, 1_001, rejected=100)))


def test_the_message_names_the_range_the_reasons_and_the_way_out() -> None:
    with pytest.raises(TooManyRejectsError) as caught:
        RejectLimit(share=0.5, window=100).check(batch(part(7, 207, rejected=150)))
    for words in ("partition 0 [7, 207)", "150 bad_time", "--range 0:7:207", "allow-rejects"):
        assert words in str(caught.value)
