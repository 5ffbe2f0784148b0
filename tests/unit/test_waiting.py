"""Waiting: the first answer, or none in time."""

import pytest

from clickledger.waiting import wait_for

pytestmark = pytest.mark.unit


def test_the_first_truthy_answer() -> None:
    answers = iter([0, None, 7, 8])
    assert wait_for(lambda: next(answers), within_s=60, every_s=0) == 7
    assert next(answers) == 8


def test_asked_once_even_when_there_is_no_time() -> None:
    asked = []
    assert wait_for(lambda: asked.append(1), within_s=-1, every_s=60) is None
    assert asked == [1]
    assert wait_for(lambda: "there", within_s=-1, every_s=60) == "there"


def test_whoever_looks_may_give_up() -> None:
    def look() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait_for(look, within_s=60, every_s=60)
