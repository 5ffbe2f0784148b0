"""Which records fit a gap."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch.archive.segments import segment_end
from batch.backfill.records import NO_TIMESTAMP_TYPE, SCHEMA, records_for
from clickledger.errors import UsageError
from clickledger.ledger.gaps import Gap
from clickledger.ledger.positions import OffsetRange

pytestmark = pytest.mark.unit

GAP = Gap(
    span=OffsetRange(1, 100, 103),
    rules_version=1,
    arrived_after_ms=1_000,
    arrived_before_ms=9_000,
    accepted_at=datetime(2026, 1, 1, tzinfo=UTC),
    accepted_by="somebody",
    reason="why",
    closed_at=None,
    closed_by=None,
    source=None,
    counts=None,
)


def lines(tmp_path: Path, *values: bytes) -> Path:
    file = tmp_path / "events.gz"
    file.write_bytes(gzip.compress(b"".join(value + b"\n" for value in values)))
    return file


def archive(tmp_path: Path, *offsets: int, **changes: Any) -> Path:
    """Records of partition 1 that arrived at 5,000."""
    row = {"topic": "t", "partition": 1, "timestamp_type": 1, "key": None, "value": b"v"}
    row |= {"timestamp": datetime.fromtimestamp(5, UTC)} | changes
    table = pa.Table.from_pylist([row | {"offset": offset} for offset in offsets], SCHEMA)
    pq.write_table(table, tmp_path / "a.parquet")
    return tmp_path


def test_lines_take_the_offsets_in_order(tmp_path: Path) -> None:
    found = records_for("t", GAP, lines(tmp_path, b"a\r", b"", b"c"), fewer=False)
    assert found["offset"].to_pylist() == [100, 101, 102]
    assert found["value"].to_pylist() == [b"a\r", b"", b"c"]
    assert set(found["timestamp_type"].to_pylist()) == {NO_TIMESTAMP_TYPE}
    assert found["timestamp"].cast(pa.int64()).to_pylist() == [9_000_000] * 3


def test_an_archive_brings_its_own_offsets(tmp_path: Path) -> None:
    found = records_for("t", GAP, archive(tmp_path, 102, 99, 100, 103), fewer=True)
    assert found["offset"].to_pylist() == [100, 102]


@pytest.mark.parametrize(
    ("offsets", "changes", "said"),
    [
        ((100, 101), {}, "fills 2 of them"),
        ((100, 101, 101, 102), {}, "more than once"),
        ((100, 101, 102), {"timestamp": datetime.fromtimestamp(10, UTC)}, "another time"),
        ((100, 101, 102), {"timestamp": datetime.fromtimestamp(0, UTC)}, "another time"),
        ((100, 101, 102), {"topic": "another"}, "has no record of"),
        ((100, 101, 102), {"partition": 0}, "has no record of"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, offsets: tuple[int, ...], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        records_for("t", GAP, archive(tmp_path, *offsets, **changes), fewer=False)


@pytest.mark.parametrize(
    ("values", "said"), [((), "has no line"), ((b"a",) * 4, "more lines"), ((b"a",), "fills 1")]
)
def test_lines_that_do_not_fit(tmp_path: Path, values: tuple[bytes, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        records_for("t", GAP, lines(tmp_path, *values), fewer=False)


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(b"no")
    with pytest.raises(UsageError, match="is no archive of raw records"):
        records_for("t", GAP, file, fewer=False)


def test_a_gap_is_a_segment_by_itself() -> None:
    def row(start: int, end: int, is_gap: int) -> dict[str, int]:
        return {"start_offset": start, "end_offset": end, "rules_version": 1, "is_gap": is_gap}

    rows = [row(0, 5, 0), row(5, 9, 1), row(9, 12, 1), row(12, 20, 0)]
    ends, at = [], 0
    while at < 20:
        later = [each for each in rows if each["start_offset"] >= at]
        at = segment_end(OffsetRange(0, at, 20), later, 1000)
        ends.append(at)
    assert ends == [5, 9, 12, 20]
