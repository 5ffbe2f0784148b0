"""Which offsets of a segment are judged by which rules."""

import pytest

from batch.archive.segments import Segment
from batch.recount.judging import Part, parts, slices
from batch.recount.restatements import Restatement
from clickledger.contract.rules import CONTRACTS
from clickledger.ledger.positions import OffsetRange

pytestmark = pytest.mark.unit

SEGMENT = Segment(OffsetRange(1, 100, 200), rules_version=1)
OTHER = Segment(OffsetRange(0, 0, 50), rules_version=1)
RULES = dict.fromkeys((1, 2), CONTRACTS[1])
FILES = {SEGMENT: ("s",), OTHER: ("o",)}


def restated(cut: int) -> Restatement:
    return Restatement(2, {0: 50, 1: cut}, ("r", "f"))


def judged_by(restatement: Restatement | None) -> list[tuple[int, int, int, bool]]:
    return [
        (found.span.start, found.span.end, found.rules_version, found.restated_by is not None)
        for found in slices(SEGMENT, restatement)
    ]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (0, [(100, 200, 1, False)]),
        (100, [(100, 200, 1, False)]),
        (101, [(100, 101, 2, True), (101, 200, 1, False)]),
        (199, [(100, 199, 2, True), (199, 200, 1, False)]),
        (200, [(100, 200, 2, True)]),
        (900, [(100, 200, 2, True)]),
    ],
)
def test_below_the_cut_by_the_restatements_rules(
    cut: int, expected: list[tuple[int, int, int, bool]]
) -> None:
    assert judged_by(restated(cut)) == expected


def test_by_its_own_rules_where_nothing_was_restated() -> None:
    assert judged_by(None) == [(100, 200, 1, False)]


def test_a_partition_that_the_restatement_did_not_know() -> None:
    assert judged_by(Restatement(2, {0: 50}, ("r", "f"))) == [(100, 200, 1, False)]


def test_whole_segments_are_counted_together_and_split_ones_by_offset() -> None:
    cut = {0: 50, 1: 180}  # of this count: the segment's end lies beyond
    found = [each for segment in (OTHER, SEGMENT) for each in slices(segment, restated(150))]
    assert list(parts(found, FILES, RULES, cut)) == [
        Part(RULES[2], ("s",), (OffsetRange(1, 100, 150),)),
        Part(RULES[1], ("s",), (OffsetRange(1, 150, 180),)),
        Part(RULES[2], ("o",), (OffsetRange(0, 0, 50), OffsetRange(1, 0, 180))),
    ]


def test_nothing_is_counted_beyond_the_cut() -> None:
    found = list(slices(SEGMENT, restated(180)))
    assert list(parts(found, FILES, RULES, {1: 180})) == [
        Part(RULES[2], ("s",), (OffsetRange(1, 100, 180),))
    ]
