"""Which failures are examined, and what a search by halves finds."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
from py4j.protocol import Py4JNetworkError

from clickledger.errors import DatabaseUnreachableError, LedgerGapError
from clickledger.ledger.positions import OffsetRange
from streaming.poison import MOST_NAMED, PoisonSearch, examined, failures_before, is_about_data

pytestmark = pytest.mark.unit
SPARK_TIMEOUT = "org.apache.kafka.common.errors.TimeoutException: Call(describeTopics) timed out"


class Rehearsals:
    """Fail for every range that holds a poisonous offset, and keep what was asked."""

    def __init__(self, *poison: tuple[int, int]) -> None:
        self.poison = poison
        self.asked: list[OffsetRange] = []

    def __call__(self, span: OffsetRange) -> None:
        self.asked.append(span)
        for partition, offset in self.poison:
            if span.partition == partition and span.start <= offset < span.end:
                raise OverflowError(f"offset {offset}")


def search(rehearse: Rehearsals, *spans: OffsetRange) -> list[OffsetRange]:
    return [found.span for found in PoisonSearch(rehearse, lambda: False).run(spans)]


@pytest.mark.parametrize("length", [2, 3, 1000, 3_000_000])
def test_one_record_is_found_wherever_it_is(length: int) -> None:
    start = 123_456_789
    for offset in {start, start + length // 2, start + length - 1}:
        rehearse = Rehearsals((1, offset))
        spans = OffsetRange(0, 0, 5000), OffsetRange(1, start, start + length)
        assert search(rehearse, *spans) == [OffsetRange(1, offset, offset + 1)]
        assert sum(map(len, rehearse.asked)) <= 5000 + 3 * length
        assert len(rehearse.asked) <= 3 + length.bit_length() + 1
        assert max(len(asked) for asked in rehearse.asked) <= max(length, 5000)


def test_several_are_found_in_order_and_not_without_end() -> None:
    poison = [(0, 7), (0, 8), (2, 900), (2, 10), (2, 11), (2, 500)]
    found = search(Rehearsals(*poison), OffsetRange(0, 0, 64), OffsetRange(2, 0, 1000))
    named = [(span.partition, span.start) for span in found]
    assert named == [(0, 7), (0, 8), (2, 10), (2, 11), (2, 500)]
    assert len(named) == MOST_NAMED


def test_what_fails_only_together_is_named_together() -> None:
    def rehearse(span: OffsetRange) -> None:
        if span.start <= 3 and span.end >= 6:
            raise OverflowError

    found = PoisonSearch(rehearse, lambda: False).run([OffsetRange(0, 0, 16)])
    assert [poison.span for poison in found] == [OffsetRange(0, 0, 8)]


@pytest.mark.parametrize("length", [2, 16, 1000])
def test_what_fails_as_a_whole_only_is_not_the_data(length: int) -> None:
    """A batch of one partition: no half of it fails, so no record is named."""
    whole = OffsetRange(0, 5, 5 + length)

    def rehearse(span: OffsetRange) -> None:
        if span == whole:
            raise OverflowError

    assert PoisonSearch(rehearse, lambda: False).run([whole]) == []


def test_what_fails_everywhere_is_not_the_data() -> None:
    assert search(Rehearsals(*((0, n) for n in range(100))), OffsetRange(0, 0, 100)) == []
    # Of a single record it cannot be told: a person looks.
    assert search(Rehearsals((0, 5)), OffsetRange(0, 5, 6)) == [OffsetRange(0, 5, 6)]


def test_a_server_that_goes_away_meanwhile_names_nothing() -> None:
    asked = []

    def rehearse(span: OffsetRange) -> None:
        asked.append(span)
        if len(asked) > 2:
            raise DatabaseUnreachableError("gone")
        raise OverflowError

    spans = [OffsetRange(0, 0, 100)]
    assert examined(OverflowError(), spans, PoisonSearch(rehearse, lambda: False)) is None
    assert len(asked) == 3


def test_a_drain_ends_the_search() -> None:
    rehearse = Rehearsals((0, 5))
    halt = examined(
        OverflowError(),
        [OffsetRange(0, 0, 9)],
        PoisonSearch(rehearse, lambda: bool(rehearse.asked)),
    )
    assert (halt, len(rehearse.asked)) == (None, 1)


def test_the_message_names_offsets_and_causes() -> None:
    spans = [OffsetRange(3, 1000, 2000)]
    halt = examined(ValueError(), spans, PoisonSearch(Rehearsals((3, 1234)), lambda: False))
    assert str(halt) == (
        "These records cannot be counted, 3 drivers failed on them: partition 3 [1,234, 1,235):"
        " OverflowError: offset 1234. Nothing of partition 3 [1,000, 2,000) was committed."
        " Next: docs/runbooks/poisonous-range.md"
    )


@pytest.mark.parametrize(
    ("error", "is_data"),
    [
        (OverflowError("date value out of range"), True),
        (RuntimeError("Caused by: java.lang.ArithmeticException: long overflow"), True),
        (pymysql.err.DataError(1264, "Out of range value"), True),
        (pymysql.err.IntegrityError(1062, "Duplicate entry"), True),
        (pymysql.err.OperationalError(1690, "BIGINT value is out of range"), True),
        (pymysql.err.OperationalError(3819, "Check constraint is violated"), True),
        (pymysql.err.OperationalError(1205, "Lock wait timeout"), False),
        (pymysql.err.OperationalError(2013, "Lost connection"), False),
        (pymysql.err.OperationalError(1114, "The table is full"), False),
        (pymysql.err.OperationalError(1142, "INSERT command denied"), False),
        (pymysql.err.InterfaceError(0, ""), False),
        (Py4JNetworkError("Answer from Java side is empty"), False),
        (ConnectionRefusedError(), False),
        (MemoryError(), False),
        (RuntimeError("Caused by: java.lang.OutOfMemoryError: Java heap space"), False),
        (RuntimeError("org.apache.spark.memory.SparkOutOfMemoryError: [UNABLE_TO_"), False),
        (LedgerGapError("a gap"), False),
        (RuntimeError(SPARK_TIMEOUT), False),
    ],
)
def test_only_data_is_suspected(error: Exception, is_data: bool) -> None:
    assert is_about_data(error) is is_data


@pytest.mark.parametrize(
    ("earlier", "failures"),
    [
        ([], 0),
        ([(1, "S")], 1),
        ([(1, "S"), (1, "S"), (1, "S")], 3),
        ([(1, "S"), (1, "before"), (1, "before")], 2),  # the last came from further back, to here
        ([(18, "S"), (1, "S")], 2),
        ([(None, "S"), (1, "S")], 0),  # killed
        ([(1, "S"), (14, "S"), (1, "S")], 1),
        ([(0, "S"), (1, "S")], 0),
    ],
)
def test_failures_in_a_row_are_counted(earlier: list[tuple[int, str]], failures: int) -> None:
    rows: list[dict[str, Any]] = [{"generation": "mine", "start_offsets": "S", "exit_code": None}]
    rows += [
        {"generation": str(n), "start_offsets": starts, "exit_code": code}
        for n, (code, starts) in enumerate(earlier)
    ]
    assert failures_before(rows, "mine") == failures
