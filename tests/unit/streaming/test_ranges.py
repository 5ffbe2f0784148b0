"""The offset range of a micro-batch as the checkpoint tells it."""

from pathlib import Path

import pytest

from clickledger.errors import CheckpointLostError
from clickledger.ledger.positions import OffsetRange
from streaming.ranges import batch_ranges

pytestmark = pytest.mark.unit


def write(checkpoint: Path, name: str, offsets: str) -> None:
    file = checkpoint / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'v1\n{{"batchWatermarkMs":0}}\n{{"clicks":{offsets}}}', encoding="utf-8")


def test_the_first_batch_begins_where_the_source_was_told_to(tmp_path: Path) -> None:
    write(tmp_path, "sources/0/0", '{"0":5,"1":7}')
    write(tmp_path, "offsets/0", '{"0":15,"1":7}')
    assert batch_ranges(tmp_path, "clicks", 0) == [OffsetRange(0, 5, 15)]


def test_a_later_batch_begins_where_the_one_before_ended(tmp_path: Path) -> None:
    write(tmp_path, "offsets/8", '{"0":15,"1":7}')
    write(tmp_path, "offsets/9", '{"0":20,"1":17}')
    assert batch_ranges(tmp_path, "clicks", 9) == [OffsetRange(0, 15, 20), OffsetRange(1, 7, 17)]


def test_a_new_partition_begins_at_zero(tmp_path: Path) -> None:
    write(tmp_path, "offsets/8", '{"0":15}')
    write(tmp_path, "offsets/9", '{"0":15,"1":3}')
    assert batch_ranges(tmp_path, "clicks", 9) == [OffsetRange(1, 0, 3)]


@pytest.mark.parametrize("content", ["", "v1\n{}\n{", 'v1\n{}\n{"other":{"0":1}}'])
def test_a_damaged_checkpoint_ends_the_driver(tmp_path: Path, content: str) -> None:
    write(tmp_path, "offsets/8", '{"0":15}')
    (tmp_path / "offsets/9").write_text(content)
    with pytest.raises(CheckpointLostError, match="nothing is lost"):
        batch_ranges(tmp_path, "clicks", 9)


def test_a_deleted_checkpoint_ends_the_driver(tmp_path: Path) -> None:
    with pytest.raises(CheckpointLostError, match="nothing is lost"):
        batch_ranges(tmp_path, "clicks", 3)
