"""A difference is taken apart: what is owed first, the rest by its evidence."""

import pyarrow as pa
import pytest

from batch.correct.causes import Cause
from batch.correct.corrections import deltas
from batch.correct.evidence import Evidence, changed_by_rules
from batch.correct.owed import Owed
from batch.recount.compare import Difference
from batch.recount.minutes import SCHEMA
from clickledger.clock import from_epoch_ms

pytestmark = pytest.mark.unit

Row = tuple[int, str, str, int, int]
ROW: Row = (60_000, "tv", "d", 10, 4)


def minutes(clicks: int, events: int) -> pa.Table:
    row = {"minute_ms": 60_000, "device_type": "tv", "device_id": "d"}
    return pa.Table.from_pylist([{**row, "clicks": clicks, "events": events}], SCHEMA)


def evidence(owed: Owed) -> Evidence:
    return Evidence(frozenset(), lambda: False, (), (), "c", owed)


def parts(owed: Owed, recount: tuple[int, int]) -> list[tuple[Cause, int, int]]:
    found = evidence(owed).by_cause([Difference(*ROW, *recount)])
    return [
        (cause, part.clicks_delta, part.events_delta)
        for cause, differences in found.items()
        for part in differences
    ]


def test_what_is_owed_explains_it_all() -> None:
    owed = Owed()
    owed.add(Cause.GAP_CLOSED, minutes(3, 2))
    assert parts(owed, (13, 6)) == [(Cause.GAP_CLOSED, 3, 2)]


def test_the_rest_has_a_cause_of_its_own() -> None:
    owed = Owed()
    owed.add(Cause.GAP_CLOSED, minutes(3, 2))
    assert parts(owed, (12, 6)) == [(Cause.GAP_CLOSED, 3, 2), (Cause.MANUAL_CHANGE, -1, 0)]


def test_what_stands_is_not_owed_again() -> None:
    owed = Owed()
    owed.add(Cause.GAP_CLOSED, minutes(3, 2))
    owed.settle(
        [
            {
                "minute": from_epoch_ms(60_000),
                "device_type": "tv",
                "device_id": "d",
                "cause": "ledger gap closed",
                "clicks": 3,
                "events": 2,
            }
        ]
    )
    assert parts(owed, (11, 4)) == [(Cause.MANUAL_CHANGE, 1, 0)]


def changes(owed: Owed, *counts: tuple[int, int]) -> list[tuple[Cause, int, int]]:
    """What other rules make of the row: two recounts, or none that differ."""
    found = changed_by_rules([Difference(*ROW, *after) for after in counts], owed)
    return [(delta.cause, delta.clicks, delta.events) for delta in deltas(found)]


def test_what_other_rules_change_of_what_is_owed_has_its_own_cause() -> None:
    owed = Owed()
    owed.add(Cause.GAP_CLOSED, minutes(3, 2))
    assert changes(owed, (13, 6)) == [(Cause.GAP_CLOSED, 3, 2)]
    assert changes(owed, (12, 9)) == [(Cause.GAP_CLOSED, 3, 2), (Cause.RULES, -1, 3)]
    assert changes(Owed(), (12, 9)) == [(Cause.RULES, 2, 5)]


def test_a_change_that_makes_up_for_what_is_owed_is_two_corrections() -> None:
    """The row stays as it is; the books do not."""
    owed = Owed()
    owed.add(Cause.GAP_CLOSED, minutes(3, 2))
    assert changes(owed) == [(Cause.GAP_CLOSED, 3, 2), (Cause.RULES, -3, -2)]
    owed.take_off(owed)
    assert changes(owed) == []


def test_what_adds_comes_before_what_takes_away() -> None:
    """A row never falls below zero on its way, nor is left with clicks of no event."""
    owed = Owed()
    owed.add(Cause.DUPLICATES, minutes(4, 3), -1)
    owed.add(Cause.GAP_CLOSED, minutes(1, 1))
    found = evidence(owed).by_cause([Difference(*ROW, 8, 2)])
    assert [(delta.cause, delta.clicks, delta.events) for delta in deltas(found)] == [
        (Cause.GAP_CLOSED, 1, 1),
        (Cause.MANUAL_CHANGE, 1, 0),
        (Cause.DUPLICATES, -4, -3),
    ]
    put_back = Owed()
    put_back.add(Cause.DUPLICATES, minutes(10, 3))
    assert changes(put_back, (0, 0)) == [(Cause.DUPLICATES, 10, 3), (Cause.RULES, -20, -7)]


def test_only_a_closed_gap_needs_no_further_word() -> None:
    assert {cause for cause in Cause if not cause.needs_approval} == {Cause.GAP_CLOSED}


def cause_of(books_balance: bool, *rows: tuple[str, int, int]) -> set[Cause]:
    """Of rows (device, clicks, events to add) that agree with type rows, of another release."""
    speaks = Evidence(frozenset(), lambda: books_balance, (), [("r", "other")], "c", Owed())
    found = [Difference(60_000, "tv", d, 10, 4, 10 + clicks, 4 + more) for d, clicks, more in rows]
    return set(speaks.by_cause(found))


def test_rows_that_make_the_books_not_balance_were_changed_by_hand() -> None:
    assert cause_of(False, ("a", 3, 0), ("b", -2, 0)) == {Cause.MANUAL_CHANGE}
    assert cause_of(True, ("a", 3, 0), ("b", -2, 0)) == {Cause.RELEASE}


def test_right_sums_under_wrong_keys_are_not_why_the_books_do_not_balance() -> None:
    """Another hour is."""
    assert cause_of(False, ("a", 3, 1), ("b", -3, -1)) == {Cause.RELEASE}


def test_where_no_release_has_counted_anything_none_is_to_blame() -> None:
    """Below the cut nothing is of the hour, and the books balance: nobody knows why."""
    speaks = Evidence(frozenset(), lambda: True, (), [], "c", Owed())
    found = speaks.by_cause([Difference(*ROW, 0, 0)])
    assert set(found) == {Cause.UNKNOWN}
