"""Replay and resume with a made-up broker; tests/stack/cli/test_cli_sending.py has a real one."""

import random
from pathlib import Path
from typing import cast

import pytest

from clickledger.errors import UsageError
from clickledger.sending.journal import Journal
from clickledger.sending.lines import Order, Source
from clickledger.sending.pacing import FullSpeed
from clickledger.sending.replay import ReplayJob, ReplayResult, run_replay
from clickledger.sending.sender import Sender

pytestmark = pytest.mark.unit
LINES = [b"line %d" % number for number in range(1, 4_001)]


class KilledError(BaseException):
    """The process ends here: nothing after it runs but the test."""


class ListSender:
    """Keeps values in a list; acknowledges all but the last few; is killed at a value's number."""

    topic, partitions = "clicks", 2

    def __init__(self, log: list[bytes], killed_at: int | None, unacknowledged: int) -> None:
        self._log = log
        self._sent = 0
        self._killed_at = killed_at
        self._unacknowledged = unacknowledged

    @property
    def acknowledged(self) -> int:
        return max(self._sent - self._unacknowledged, 0)

    def send(self, value: bytes, partition: int) -> None:
        if self._sent == self._killed_at:
            raise KilledError
        self._log.append(value)
        self._sent += 1

    def flush(self, *, timeout_s: float | None = None) -> int:
        self._unacknowledged = 0
        return self.acknowledged


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lines"
    path.write_bytes(b"\n".join(LINES))
    return path


def replayed(
    job: ReplayJob, log: list[bytes], *, killed_at: int | None = None, unacknowledged: int = 0
) -> ReplayResult:
    sender = cast(Sender, ListSender(log, killed_at, unacknowledged))
    return run_replay(job, job.earlier(sender.topic), sender, FullSpeed())


def test_all_lines_are_sent_in_order(file: Path) -> None:
    log: list[bytes] = []
    result = replayed(ReplayJob(Source(file), Order()), log)
    assert log == LINES
    assert (result.sent, result.acknowledged, result.last) == (4_000, 4_000, 4_000)


def test_it_begins_at_the_line_asked_for(file: Path) -> None:
    log: list[bytes] = []
    result = replayed(ReplayJob(Source(file), Order(), first_line=3_999), log)
    assert log == LINES[3_998:]
    assert result.sent == 2


@pytest.mark.parametrize("last_words", [True, False], ids=["error", "SIGKILL"])
@pytest.mark.parametrize("seed", range(5))
def test_after_kills_everything_is_there_and_only_what_was_in_doubt_twice(
    file: Path, tmp_path: Path, seed: int, last_words: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not last_words:  # a killed process closes nothing
        monkeypatch.setattr(Journal, "close", lambda *_: None)
    dice, log = random.Random(seed), list[bytes]()
    job = ReplayJob(Source(file), Order(), state_file=tmp_path / "state")
    in_doubt = 0
    for _ in range(6):
        at, open_ones = dice.randrange(1_500), dice.randrange(200)
        try:
            replayed(job, log, killed_at=at, unacknowledged=open_ones)
        except KilledError:
            in_doubt += job.earlier("clicks").in_doubt
    before = len(log)
    result = replayed(job, log)
    assert result.last == 4_000
    assert set(log) == set(LINES), f"seed {seed}"
    assert len(log) - len(LINES) <= in_doubt, f"seed {seed}"
    assert log[before:] == LINES[4_000 - (len(log) - before) :]


def test_a_finished_replay_sends_nothing_again(file: Path, tmp_path: Path) -> None:
    log: list[bytes] = []
    job = ReplayJob(Source(file), Order(), state_file=tmp_path / "state")
    replayed(job, log)
    assert replayed(job, log).sent == 0
    assert log == LINES


def test_other_options_are_another_job(file: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    replayed(ReplayJob(Source(file), Order(), state_file=state), [])
    for other in (Order(times=2), Order(shuffle_seed=1)):
        with pytest.raises(UsageError, match="another replay"):
            ReplayJob(Source(file), other, state_file=state).earlier("clicks")


def test_a_shuffled_replay_is_resumed_in_its_order(file: Path, tmp_path: Path) -> None:
    log: list[bytes] = []
    job = ReplayJob(Source(file), Order(shuffle_seed=3), state_file=tmp_path / "state")
    with pytest.raises(KilledError):
        replayed(job, log, killed_at=1_000)
    replayed(job, log)
    expected = [line for line, _ in Order(shuffle_seed=3).lines(Source(file))]
    assert log == expected
    assert log != LINES


@pytest.mark.parametrize(
    ("order", "first_line"), [(Order(times=0), 1), (Order(), 0), (Order(times=2), 1)]
)
def test_what_cannot_be_meant_is_refused(order: Order, first_line: int) -> None:
    with pytest.raises(UsageError):
        ReplayJob(Source(None), order, first_line=first_line)
