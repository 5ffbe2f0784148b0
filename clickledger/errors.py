"""Every error that clickledger raises on purpose, and the exit code each class ends a process with.

An error says what happened, where, and what to do next. The exit codes are an interface: the
supervisor, Airflow and the runbooks (``docs/runbooks/exit-codes.md``) act on them.
"""

from enum import IntEnum

RUNBOOKS = "docs/runbooks"  # where a message sends a person


class ExitCode(IntEnum):
    """Exit codes of ``clickledger`` and of the streaming driver."""

    OK = 0  # done, or drained
    INTERNAL = 1
    USAGE = 2
    CONFIGURATION = 10
    STALE_WRITER = 11
    LEDGER_GAP = 12
    KAFKA_DATA_LOST = 13
    DATABASE_UNREACHABLE = 14
    TOO_MANY_REJECTS = 15
    KAFKA_UNREACHABLE = 16
    SHADOW_MISMATCH = 17
    POISONOUS_RANGE = 18
    CHECKPOINT_LOST = 19
    AUDIT_FAILED = 20
    OPERATION_IN_PROGRESS = 21
    OPERATION_REFUSED = 22
    OPERATION_FAILED = 23
    ROLLED_BACK = 24
    LEDGER_MOVED = 25
    KILLED = 26
    ARCHIVE_INCOMPLETE = 30
    NOT_RECONCILED = 31
    NOT_PUBLISHED = 32
    NOT_VERIFIED = 33
    QUALITY_FAILED = 34


class ClickledgerError(Exception):
    """Base class. ``str(error)`` is one message for a person; ``next_step`` says what to do."""

    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} Next: {self.next_step}" if self.next_step else message


class UsageError(ClickledgerError):
    """The caller asked for something that cannot be meant."""

    exit_code = ExitCode.USAGE


class ConfigurationError(ClickledgerError):
    """A setting, a missing tool or a missing right: no restart mends it."""

    exit_code = ExitCode.CONFIGURATION


class StaleWriterError(ClickledgerError):
    """Another writer has taken the epoch; this process must not write any more."""

    exit_code = ExitCode.STALE_WRITER


class LedgerGapError(ClickledgerError):
    """A range would begin beyond the ledger, or read fewer records than Kafka holds."""

    exit_code = ExitCode.LEDGER_GAP


class LedgerMovedError(ClickledgerError):
    """The ledger stands before what this driver has committed: the next one begins at it."""

    exit_code = ExitCode.LEDGER_MOVED


class KilledError(ClickledgerError):
    """The JVM was killed from outside: by a machine without memory, or by hand."""

    exit_code = ExitCode.KILLED


class KafkaDataLostError(ClickledgerError):
    """Kafka cannot be the log that the ledger remembers."""

    exit_code = ExitCode.KAFKA_DATA_LOST


class DatabaseUnreachableError(ClickledgerError):
    """MySQL did not answer within the bounded retries."""

    exit_code = ExitCode.DATABASE_UNREACHABLE


class KafkaUnreachableError(ClickledgerError):
    """No Kafka broker answered within the bounded retries."""

    exit_code = ExitCode.KAFKA_UNREACHABLE


class TooManyRejectsError(ClickledgerError):
    """The share of rejected records in the recent window has reached the limit."""

    exit_code = ExitCode.TOO_MANY_REJECTS


class ShadowMismatchError(ClickledgerError):
    """The shadow recount of already applied ranges does not equal what was applied."""

    exit_code = ExitCode.SHADOW_MISMATCH


class PoisonousRangeError(ClickledgerError):
    """The same records fail again and again; no restart mends it, and they are named."""

    exit_code = ExitCode.POISONOUS_RANGE


class CheckpointLostError(ClickledgerError):
    """Spark's checkpoint is gone or damaged; the next start makes a new one, from the ledger."""

    exit_code = ExitCode.CHECKPOINT_LOST


class AuditFailedError(ClickledgerError):
    """The books do not balance."""

    exit_code = ExitCode.AUDIT_FAILED


class OperationInProgressError(ClickledgerError):
    """Another operation on the stream is under way."""

    exit_code = ExitCode.OPERATION_IN_PROGRESS


class OperationRefusedError(ClickledgerError):
    """The plan says no, or asks for a person's word; nothing was changed."""

    exit_code = ExitCode.OPERATION_REFUSED


class OperationFailedError(ClickledgerError):
    """An operation did not come to its end; what it had done by then is in its message."""

    exit_code = ExitCode.OPERATION_FAILED


class TakeoverFailedError(OperationFailedError):
    """A new driver did not become the writer, or not for long: it is to be taken back."""


class ReleaseFailedError(TakeoverFailedError):
    """It is the release's own doing, which is to be judged by it where it is a new one."""


class CountsWronglyError(ReleaseFailedError):
    """A release counts other figures than the contract: it is bad, however long it has run."""


class ArchiveIncompleteError(ClickledgerError):
    """The archive does not hold what the ledger has applied, or other bytes than it has listed."""

    exit_code = ExitCode.ARCHIVE_INCOMPLETE


class NotReconciledError(ClickledgerError):
    """An hour could not be reconciled; the run's rows say why."""

    exit_code = ExitCode.NOT_RECONCILED


class QualityFailedError(ClickledgerError):
    """A critical expectation of a day failed; it is not to be published."""

    exit_code = ExitCode.QUALITY_FAILED


class NotPublishedError(ClickledgerError):
    """A day is held back by the gate, or could not be written; the last good version stays."""

    exit_code = ExitCode.NOT_PUBLISHED


class NotVerifiedError(ClickledgerError):
    """A bundle is not what its manifest, the database or the archive says."""

    exit_code = ExitCode.NOT_VERIFIED
