"""Counted lines where there is no terminal."""

import pytest
from rich.console import Console
from rich.progress import Progress

from cli.progress import Bar, CountedLines, progress_shown

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


def test_the_next_piece_of_work_has_a_pace_of_its_own() -> None:
    now, told = [0.0], list[str]()
    lines = CountedLines("lines", clock=lambda: now[0], write=told.append)
    lines(1_000, 1.0)
    now[0] = 100.0
    lines(0, 0.0)
    now[0] = 110.0
    lines(500, 0.5)
    assert told == ["0 lines, 0/s", "500 lines, 50/s, 10 s left"]


def test_a_bar_shows_few_and_large_pieces_too() -> None:
    now = [0.0]
    with Progress("{task.completed}", auto_refresh=False, console=Console(quiet=True)) as progress:
        bar = Bar(progress, "devices", clock=lambda: now[0])
        now[0] = 10.0
        bar(50_000, 0.01)
        (task,) = progress.tasks
        assert (task.completed, task.fields["rate"]) == (0.01, "5,000")
        now[0] = 10.05
        bar(50_001, 0.02)
        assert task.completed == 0.01


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_shown("lines", quiet=True) as on_progress:
        on_progress(1, 1.0)
    assert capsys.readouterr() == ("", "")
