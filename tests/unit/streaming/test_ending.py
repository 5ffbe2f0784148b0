"""How a driver ended becomes an exit code, a state, and one line for a person."""

import pymysql
import pytest

from clickledger.errors import (
    CheckpointLostError,
    ExitCode,
    LedgerGapError,
    LedgerMovedError,
    StaleWriterError,
)
from streaming.ending import ending_of

pytestmark = pytest.mark.unit

SPARK_LOST = "[KAFKA_DATA_LOSS.COULD_NOT_READ_OFFSET_RANGE] Some data may have been lost"
SPARK_TIMEOUT = "org.apache.kafka.common.errors.TimeoutException: Call(describeTopics) timed out"


@pytest.mark.parametrize(
    ("error", "code", "state"),
    [
        (None, ExitCode.OK, "drained"),
        (LedgerGapError("a gap"), ExitCode.LEDGER_GAP, "halted"),
        (CheckpointLostError("gone"), ExitCode.CHECKPOINT_LOST, "down"),
        (LedgerMovedError("restored"), ExitCode.LEDGER_MOVED, "down"),
        (StaleWriterError("old"), ExitCode.STALE_WRITER, "down"),
        (pymysql.err.OperationalError(2013, "Lost"), ExitCode.DATABASE_UNREACHABLE, "down"),
        (pymysql.err.InterfaceError(0, ""), ExitCode.DATABASE_UNREACHABLE, "down"),
        (pymysql.err.OperationalError(1064, "syntax"), ExitCode.INTERNAL, "down"),
        (RuntimeError(SPARK_LOST), ExitCode.KAFKA_DATA_LOST, "halted"),
        (RuntimeError(SPARK_TIMEOUT), ExitCode.KAFKA_UNREACHABLE, "down"),
        (ZeroDivisionError(), ExitCode.INTERNAL, "down"),
    ],
)
def test_each_error_has_its_code_and_state(
    error: BaseException | None, code: ExitCode, state: str
) -> None:
    ending = ending_of(error)
    assert (ending.exit_code, ending.state) == (code, state)


def test_the_reason_is_one_line() -> None:
    assert ending_of(ValueError("\n  first\nsecond")).reason == "ValueError:   first"


def test_a_long_reason_is_cut_to_what_a_column_holds() -> None:
    ranges = "partition 0 [0, 1); " * 10_000
    reason = ending_of(LedgerGapError(ranges, next_step="start again")).reason
    assert len(reason.encode()) < 65_535
    assert reason.startswith("partition 0 [0, 1)")
    assert reason.endswith("Next: start again")


def test_the_reason_is_what_is_at_the_bottom_of_it() -> None:
    error = RuntimeError(
        "Job aborted\n\tat a.b\nCaused by: a.X: one\nCaused by: b.Y: two\n\tat c.d"
    )
    assert ending_of(error).reason == "b.Y: two"
