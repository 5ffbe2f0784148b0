"""What the server ended for a lock is done again, a bounded number of times; nothing else is."""

from __future__ import annotations

import pymysql
import pytest

from clickledger.mysql import retries
from clickledger.mysql.retries import PAUSES_S, tried_again

pytestmark = pytest.mark.unit


class Work:
    """Fails so many times, then says how often it was done."""

    def __init__(self, failures: int, code: int) -> None:
        self._failures = failures
        self._code = code
        self.done = 0

    @tried_again
    def __call__(self) -> int:
        self.done += 1
        if self.done <= self._failures:
            raise pymysql.err.OperationalError(self._code, "as the server says")
        return self.done


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, without making them."""
    found: list[float] = []
    monkeypatch.setattr(retries, "sleep", found.append)
    return found


@pytest.mark.parametrize("code", [1205, 1213, 1020])
@pytest.mark.parametrize("failures", range(len(PAUSES_S) + 1))
def test_it_is_done_again_until_it_comes_through(
    slept: list[float], code: int, failures: int
) -> None:
    assert Work(failures, code)() == failures + 1
    assert slept == [*PAUSES_S[:failures]]


def test_what_stays_locked_is_given_up(slept: list[float]) -> None:
    work = Work(len(PAUSES_S) + 1, 1205)
    with pytest.raises(pymysql.err.OperationalError, match="1205"):
        work()
    assert (work.done, slept) == (len(PAUSES_S) + 1, [*PAUSES_S])


def test_another_error_is_raised_at_once(slept: list[float]) -> None:
    work = Work(1, 1062)
    with pytest.raises(pymysql.err.OperationalError, match="1062"):
        work()
    assert (work.done, slept) == (1, [])
