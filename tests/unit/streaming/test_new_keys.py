"""How sorted minute rows are cut into statements."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.new_keys import OWN_STATEMENT_ROWS, ROWS_A_STATEMENT, Group, chunks

pytestmark = pytest.mark.unit


def groups(*sizes: int) -> list[Group]:
    return [(minute, "t") for minute, size in enumerate(sizes) for _ in range(size)]


def test_small_groups_share_a_statement_and_large_ones_do_not() -> None:
    sizes = (3, 5, OWN_STATEMENT_ROWS, 2)
    assert list(chunks(groups(*sizes))) == [(0, 8), (8, 208), (208, 210)]


def test_a_very_large_group_is_cut() -> None:
    assert list(chunks(groups(ROWS_A_STATEMENT + 1))) == [
        (0, ROWS_A_STATEMENT),
        (ROWS_A_STATEMENT, ROWS_A_STATEMENT + 1),
    ]


@given(st.lists(st.integers(1, 2 * OWN_STATEMENT_ROWS), max_size=60))
def test_the_cuts_tile_the_rows_and_stay_bounded(sizes: list[int]) -> None:
    rows = groups(*sizes)
    cuts = list(chunks(rows))
    assert [start for start, _ in cuts] == [0, *(end for _, end in cuts)][:-1] if cuts else not rows
    assert (cuts[-1][1] if cuts else 0) == len(rows)
    assert all(end - start < ROWS_A_STATEMENT + OWN_STATEMENT_ROWS for start, end in cuts)
    for (_, end), (start, _) in pairwise(cuts):
        assert end == start
