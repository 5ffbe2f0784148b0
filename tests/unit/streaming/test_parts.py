"""A batch of many groups is counted in parts; an ordinary one is not cut for long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickledger.ledger.positions import OffsetRange
from streaming.parts import Parts

pytestmark = pytest.mark.unit

LENGTHS = st.lists(st.integers(1, 5_000), min_size=1, max_size=5)


def spans_of(lengths: list[int]) -> list[OffsetRange]:
    """One partition each, from different offsets."""
    return [OffsetRange(p, 10 * p, 10 * p + length) for p, length in enumerate(lengths)]


def sizes(parts: Parts, spans: list[OffsetRange], share: float) -> list[int]:
    """Of all parts of a batch in which ``share`` of the records are groups of their own."""
    found = []
    while spans:
        part, spans = parts.cut(spans)
        found.append(sum(map(len, part)))
        parts.counted(part, int(found[-1] * share))
    return found


@given(LENGTHS, st.integers(1, 6_000), st.floats(0, 1))
def test_the_parts_tile_the_batch(lengths: list[int], most: int, share: float) -> None:
    parts, rest = Parts(most), spans_of(lengths)
    at = {span.partition: span.start for span in rest}
    while rest:
        part, rest = parts.cut(rest)
        for span in part:
            assert span.start == at[span.partition] < span.end
            at[span.partition] = span.end
        parts.counted(part, int(sum(map(len, part)) * share))
    assert at == {span.partition: span.end for span in spans_of(lengths)}


@given(LENGTHS, st.integers(1, 6_000))
def test_no_part_has_too_many_groups_when_each_record_is_one(lengths: list[int], most: int) -> None:
    """But for the one record of each partition that it has at least."""
    found = sizes(Parts(most), spans_of(lengths), share=1)
    assert max(found) <= most + len(lengths)


def test_ordinary_batches_are_whole_but_for_the_first() -> None:
    parts, batch = Parts(1_000), [OffsetRange(0, 0, 6_000)]
    assert sizes(parts, batch, share=0.001) == [1_000, 5_000]
    assert sizes(parts, batch, share=0.001) == [6_000]


def test_after_a_dense_part_parts_are_small_again() -> None:
    parts, batch = Parts(1_000), [OffsetRange(0, 0, 6_000)]
    sizes(parts, batch, share=0.1)
    assert sizes(parts, batch, share=0.5) == [6_000]
    assert sizes(parts, batch, share=0.5) == [2_000] * 3


def test_small_batches_say_nothing_of_larger_ones() -> None:
    parts = Parts(1_000)
    sizes(parts, [OffsetRange(0, 0, 10)], share=0.001)
    assert sizes(parts, [OffsetRange(0, 0, 6_000)], share=1) == [1_000] * 6


@given(LENGTHS, st.integers(1, 6_000), st.data())
def test_named_ranges_are_parts_of_their_own(
    lengths: list[int], most: int, data: st.DataObject
) -> None:
    """No part goes across an edge of one, and all of the batch is there."""
    batch = spans_of(lengths)
    edges = st.integers(0, 10 * len(lengths) + max(lengths))
    pairs = st.tuples(st.integers(0, len(lengths)), edges, edges).filter(lambda t: t[1] < t[2])
    named = [OffsetRange(*found) for found in data.draw(st.lists(pairs, max_size=4))]
    parts, rest, offsets = Parts(most, named), batch, 0
    while rest:
        part, rest = parts.cut(rest)
        offsets += sum(map(len, part))
        for span in part:
            for name in named:
                inside = name.start <= span.start and span.end <= name.end
                outside = span.end <= name.start or name.end <= span.start
                assert name.partition != span.partition or inside or outside
        parts.counted(part, 1)
    assert offsets == sum(map(len, batch))


def test_a_batch_is_cut_at_a_named_range_and_nowhere_else() -> None:
    parts, rest = Parts(1_000, [OffsetRange(0, 100, 200)]), spans_of([500, 500])
    found = []
    while rest:
        part, rest = parts.cut(rest)
        found.append(part)
    assert found == [
        [OffsetRange(0, 0, 100), OffsetRange(1, 10, 510)],
        [OffsetRange(0, 100, 200)],
        [OffsetRange(0, 200, 500)],
    ]
