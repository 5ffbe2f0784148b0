"""Two counts of the same minutes are compared row by row, whatever their keys look like."""

import pyarrow as pa
import pytest

from batch.recount.compare import Comparison, Difference, compare
from batch.recount.minutes import SCHEMA

pytestmark = pytest.mark.unit

Row = tuple[int, str, str, int, int]


def table(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


def test_each_key_is_compared_once() -> None:
    stream = table((0, "tv", "same", 3, 2), (0, "tv", "less", 1, 1), (0, "tv", "surplus", 0, 1))
    recount = table((0, "tv", "same", 3, 2), (0, "tv", "less", 2, 1), (60_000, "tv", "lacks", 0, 4))
    assert compare(stream, recount) == Comparison(
        rows=4,
        modified=1,
        missing=1,
        surplus=1,
        differences=(
            Difference(0, "tv", "less", 1, 1, 2, 1),
            Difference(0, "tv", "surplus", 0, 1, 0, 0),
            Difference(60_000, "tv", "lacks", 0, 0, 0, 4),
        ),
    )


def test_an_empty_name_stays_a_name() -> None:
    stream = table((0, "", "", 1, 1), (0, "tv", "", 3, 2), (0, "tv", "d", 5, 1))
    assert compare(stream, table((0, "tv", "d", 4, 1))).differences == (
        Difference(0, "", "", 1, 1, 0, 0),
        Difference(0, "tv", "", 3, 2, 0, 0),
        Difference(0, "tv", "d", 5, 1, 4, 1),
    )
