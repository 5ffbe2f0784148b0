"""The top of all rows, in whatever batches they come; files of any number of rows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reports.digests import table_digest
from reports.table_files import TableWriter, table_writer
from reports.tables import FULL
from reports.top import Top

pytestmark = pytest.mark.unit

DAY = date(2026, 1, 15)


def rows(count: int, seed: int) -> list[tuple[str, str, int, int]]:
    rng = random.Random(seed)
    return [("t", f"d{n}", rng.randrange(20), rng.randrange(1, 4)) for n in range(count)]


def batch(some: list[tuple[str, str, int, int]]) -> pa.RecordBatch:
    columns = [[DAY] * len(some), *map(list, zip(*some, strict=True))]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, FULL.schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=FULL.schema)


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_the_top_is_that_of_a_sort(size: int) -> None:
    every = rows(1000, 7)
    top = Top(50)
    for start in range(0, len(every), size):
        top.add(batch(every[start : start + size]))
    best = sorted(every, key=lambda row: (-row[2], -row[3], row[0], row[1]))[:50]
    found = [tuple(row.values()) for row in top.table().to_pylist()]
    assert found == [(place, *row) for place, row in enumerate(best, 1)]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25])
def test_rows_go_on_in_the_next_file(tmp_path: Path, count: int) -> None:
    every = rows(count, 8)
    with table_writer(tmp_path, FULL, exact_csv=False, rows_a_file=10) as writer:
        for start in range(0, count, 4):
            writer.write(batch(every[start : start + 4]))
    parquet = [each for each in writer.files if each.path.endswith(".parquet")]
    assert [each.rows for each in parquet] == [10] * (count // 10) + (
        [count % 10] if count % 10 or not count else []
    )
    found = [row for each in parquet for row in pq.read_table(tmp_path / each.path).to_pylist()]
    assert [tuple(row.values())[1:] for row in found] == every
    assert writer.totals == {
        "rows": count,
        "clicks": sum(row[2] for row in every),
        "events": sum(row[3] for row in every),
    }


def test_a_table_that_is_seldom_long_loses_no_row(tmp_path: Path) -> None:
    """Its first file has the plain name that readers know."""
    every = rows(25, 8)
    seldom = replace(FULL, name="seldom", is_split=False)
    with table_writer(tmp_path, seldom, exact_csv=False, rows_a_file=10) as writer:
        writer.write(batch(every))
    names = ["seldom.parquet", "seldom-0002.parquet", "seldom-0003.parquet"]
    assert [each.path for each in writer.files if each.path.endswith(".parquet")] == names
    found = [row for name in names for row in pq.read_table(tmp_path / name).to_pylist()]
    assert [tuple(row.values())[1:] for row in found] == every


def test_a_digest_does_not_depend_on_batches(tmp_path: Path) -> None:
    every = rows(30, 9)
    writer = TableWriter(tmp_path, FULL, exact_csv=True, rows_a_file=7)
    writer.write(batch(every))
    writer.close()
    assert writer.digest == table_digest(batch(every[n : n + 4]) for n in range(0, 30, 4))
