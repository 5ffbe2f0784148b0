"""Lines are read byte for byte, whatever they hold and however they are packed."""

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickledger.errors import UsageError
from clickledger.sending.lines import Order, Source

pytestmark = pytest.mark.unit
VALUES = [b"plain", b"with return\r", b"", b"\xff\x00|\xfe", b"form\x0cfeed\x85", b"last"]


def lines_of(path: Path, order: Order | None = None) -> list[bytes]:
    return [line for line, _ in (order or Order()).lines(Source(path))]


@pytest.mark.parametrize("end", [b"", b"\n"], ids=["no end", "line feed at the end"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_byte_but_the_line_feed_is_kept(tmp_path: Path, end: bytes, packed: bool) -> None:
    content = b"\n".join(VALUES) + end
    path = tmp_path / "lines"  # no ending: the content says whether it is packed
    path.write_bytes(gzip.compress(content) if packed else content)
    assert lines_of(path) == VALUES


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=50).filter(lambda value: b"\n" not in value), max_size=30))
def test_any_values_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("any") / "lines"
    content = b"".join(value + b"\n" for value in values)
    if content.startswith(b"\x1f\x8b"):
        return  # would be taken for gzip, as it should
    path.write_bytes(content)
    assert lines_of(path) == values


def test_all_of_it_as_often_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"a\nb\n")
    assert lines_of(path, Order(times=3)) == [b"a", b"b"] * 3


def test_a_shuffle_is_the_same_for_its_seed_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    values = [b"%d" % number for number in range(500)]
    path.write_bytes(b"\n".join(values))
    first = lines_of(path, Order(times=2, shuffle_seed=9))
    assert sorted(first) == sorted(values * 2)
    assert lines_of(path, Order(times=2, shuffle_seed=9)) == first
    assert lines_of(path, Order(times=2, shuffle_seed=8)) != first


def test_the_share_that_is_done_grows_to_all(tmp_path: Path) -> None:
    path = tmp_path / "lines.gz"
    path.write_bytes(gzip.compress(b"\n".join(b"%d" % n for n in range(300_000))))
    shares = [share or 0.0 for _, share in Order(times=2).lines(Source(path))]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert 0.49 < shares[299_999] <= 0.5


def test_damaged_and_missing_input_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(b"some lines\n" * 10_000)[:-20])
    with pytest.raises(UsageError, match="damaged"):
        lines_of(path)
    with pytest.raises(UsageError, match="No such file"):
        lines_of(tmp_path / "nothing")
    with pytest.raises(UsageError, match="Is a directory"):
        lines_of(tmp_path)


def test_damage_inside_a_compressed_stream_is_told_too(tmp_path: Path) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(100_000))
    content = bytearray(gzip.compress(lines))
    content[len(content) // 2 : len(content) // 2 + 64] = b"\xff" * 64
    path = tmp_path / "damaged.gz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="damaged"):
        lines_of(path)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """``replay <(zcat file)``: its beginning would be read for its identity, and be gone."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(UsageError, match="use - and standard input"):
        Source(path).identity()


def test_another_file_has_another_identity(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"a" * 200_000)
    other.write_bytes(b"a" * 199_999 + b"b")
    same = Source(one).identity()
    assert Source(other).identity() != same
    one.rename(tmp_path / "moved")
    assert Source(tmp_path / "moved").identity() == same
