"""Counted lines where there is no terminal."""

import pytest

from cli.progress import CountedLines, progress_shown

pytestmark = pytest.mark.unit


def test_a_line_every_five_seconds_with_rate_and_time_left() -> None:
    now, told = [0.0], list[str]()
    lines = CountedLines("lines", clock=lambda: now[0], write=told.append)
    for step in range(1, 12):
        now[0] = float(step)
        lines(step * 1_000, step / 20)
    assert told == ["5,000 lines, 1,000/s, 15 s left", "10,000 lines, 1,000/s, 10 s left"]


def test_without_a_known_end_there_is_no_time_left() -> None:
    now, told = [0.0], list[str]()
    lines = CountedLines("lines", clock=lambda: now[0], write=told.append)
    now[0] = 10.0
    lines(100, None)
    assert told == ["100 lines, 10/s"]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_shown("lines", quiet=True) as on_progress:
        on_progress(1, 1.0)
    assert capsys.readouterr() == ("", "")
