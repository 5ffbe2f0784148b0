"""How a driver ended: from whatever was raised to an exit code and one line for a person."""

from dataclasses import dataclass

from clickledger.errors import (
    ClickledgerError,
    DatabaseUnreachableError,
    ExitCode,
    KafkaDataLostError,
    KafkaUnreachableError,
)
from clickledger.mysql.connection import is_connection_lost

# Spark wraps the cause in its own exception; these names in its text tell the class of error.
DATA_LOST_MARKS = (
    "KAFKA_DATA_LOSS",
    "OffsetOutOfRangeException",
    "Some data may have been lost",
    "failOnDataLoss",
)
LONGEST_REASON = 8_000  # characters
UNREACHABLE_MARKS = ("TimeoutException", "DisconnectException", "No resolvable bootstrap urls")
HALTING = {
    ExitCode.CONFIGURATION,
    ExitCode.LEDGER_GAP,
    ExitCode.KAFKA_DATA_LOST,
    ExitCode.TOO_MANY_REJECTS,
    ExitCode.SHADOW_MISMATCH,
    ExitCode.POISONOUS_RANGE,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """Exit code and reason; ``state`` is what ``stream_state`` shows from here on."""

    exit_code: ExitCode
    reason: str

    @property
    def state(self) -> str:
        """drained, halted (needs a person) or down (the supervisor starts it again)."""
        if self.exit_code is ExitCode.OK:
            return "drained"
        return "halted" if self.exit_code in HALTING else "down"


def ending_of(error: BaseException | None) -> Ending:
    """The ending that ``error`` means; ``None`` is a drain."""
    if error is None:
        return Ending(ExitCode.OK, "drained")
    known = error if isinstance(error, ClickledgerError) else _recognised(error)
    if known is not None:
        return Ending(known.exit_code, _shortened(str(known)))
    return Ending(ExitCode.INTERNAL, cause_of(error))


def _recognised(error: BaseException) -> ClickledgerError | None:
    text = str(error)
    if is_connection_lost(error):
        return DatabaseUnreachableError(
            f"The connection to MySQL was lost: {_first_line(error)}",
            next_step="check that it runs (`make status`); the supervisor starts the stream again",
        )
    if any(mark in text for mark in DATA_LOST_MARKS):
        return KafkaDataLostError(
            f"Kafka no longer holds what the stream was about to read: {_first_line(error)}",
            next_step="docs/runbooks/kafka-data-lost.md",
        )
    if any(mark in text for mark in UNREACHABLE_MARKS):
        return KafkaUnreachableError(f"Kafka did not answer Spark: {_first_line(error)}")
    return None


def cause_of(error: BaseException) -> str:
    """One line: what is at the bottom of it, where Java has wrapped it, without the stack."""
    causes = [line for line in str(error).splitlines() if line.startswith("Caused by: ")]
    if causes:
        return causes[-1].removeprefix("Caused by: ")[:500]
    return f"{type(error).__name__}: {_first_line(error)}"


def _shortened(text: str) -> str:
    """Its beginning and its end, where the next step stands: columns hold 65,535 bytes."""
    half = LONGEST_REASON // 2
    return text if len(text) <= LONGEST_REASON else f"{text[:half]} … {text[-half:]}"


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), "no message")[:500]
