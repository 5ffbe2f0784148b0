"""A heartbeat goes on through what may pass, and never ends without a word."""

from __future__ import annotations

import pytest

from clickledger.errors import ConfigurationError, LedgerMovedError, StaleWriterError
from clickledger.settings import load_settings
from streaming.drain import DrainGate
from streaming.heartbeat import Heartbeat
from streaming.progress import Progress
from streaming.slot import Slot
from streaming.writer import Writer

pytestmark = pytest.mark.unit
WRITER = Writer("clicks", "id", 1, "me", "generation", 1, "release", "code")


class MadeUpHeartbeat(Heartbeat):
    """Each beat raises the next of ``errors``; then they stop."""

    def __init__(self, *errors: Exception | None) -> None:
        settings = load_settings(heartbeat_interval_s=0.1)
        self.failed: list[BaseException] = []
        super().__init__(
            settings, WRITER, Progress(), DrainGate(), Slot(settings), self.failed.append
        )
        self.errors = list(errors)
        self.stops_meanwhile = False

    def _beat(self) -> None:
        if not self.errors:
            self.stop()
        elif (error := self.errors.pop(0)) is not None:
            if self.stops_meanwhile:
                self.stop()
            raise error


def test_a_refusal_may_pass() -> None:
    beats = MadeUpHeartbeat(ConfigurationError("MySQL refused the login"), None)
    beats.run()
    assert (beats.errors, beats.failed) == ([], [])


@pytest.mark.parametrize(
    "error", [StaleWriterError("old"), LedgerMovedError("restored"), RuntimeError("unforeseen")]
)
def test_what_cannot_pass_ends_the_driver(error: Exception) -> None:
    beats = MadeUpHeartbeat(error, None)
    beats.run()
    assert (beats.failed, len(beats.errors)) == ([error], 1)


def test_a_beat_under_way_at_the_end_says_nothing_any_more() -> None:
    """The next driver may have the stream by then, as it should."""
    beats = MadeUpHeartbeat(StaleWriterError("old"))
    beats.stops_meanwhile = True
    beats.run()
    assert (beats.failed, beats.errors) == ([], [])
