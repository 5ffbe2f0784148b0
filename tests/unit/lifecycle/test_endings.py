"""How a new driver's end is read: as a word on its release, or on a server that was away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clickledger.errors import (
    ClickledgerError,
    DatabaseUnreachableError,
    ExitCode,
    KafkaUnreachableError,
    ReleaseFailedError,
    TakeoverFailedError,
)
from lifecycle.handover import require_not_ended
from tests.unit.lifecycle.test_health import WRITER

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (ExitCode.INTERNAL, ReleaseFailedError),
        (ExitCode.SHADOW_MISMATCH, ReleaseFailedError),
        (ExitCode.TOO_MANY_REJECTS, ReleaseFailedError),  # the one before it let them pass
        (ExitCode.CONFIGURATION, TakeoverFailedError),
        (ExitCode.STALE_WRITER, TakeoverFailedError),
        (ExitCode.KAFKA_DATA_LOST, TakeoverFailedError),
        (ExitCode.DATABASE_UNREACHABLE, DatabaseUnreachableError),
        (ExitCode.KAFKA_UNREACHABLE, KafkaUnreachableError),
    ],
)
def test_an_exit_code_tells_of_whom_it_speaks(code: int, kind: type[ClickledgerError]) -> None:
    with pytest.raises(kind, match=f"exit code {code}") as found:
        require_not_ended(replace(WRITER, exit_code=code, end_reason="why"))
    assert type(found.value) is kind


def test_starts_in_a_row_are_the_releases_doing() -> None:
    require_not_ended(replace(WRITER, starts=2))
    with pytest.raises(ReleaseFailedError, match="ended 2 times"):
        require_not_ended(replace(WRITER, starts=3))
    with pytest.raises(ReleaseFailedError, match="ended 1 times before it was proven"):
        require_not_ended(replace(WRITER, starts=2), starts=1, until="was proven")
