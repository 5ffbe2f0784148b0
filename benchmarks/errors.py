"""What can go wrong with a benchmark itself."""

from clickledger.errors import ClickledgerError, ExitCode


class InexactError(ClickledgerError):
    """A contender's table is not what the events come to: no figure of the run counts."""

    exit_code = ExitCode.AUDIT_FAILED


class ContenderError(ClickledgerError):
    """A contender ended early or did not come to its end."""
