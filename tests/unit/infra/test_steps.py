"""Progress lines, on a terminal and in a log."""

import io
import re

import pytest

from infra.steps import step

pytestmark = pytest.mark.unit


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_one_line_a_step() -> None:
    out = io.StringIO()
    with step("Jars", out) as running:
        running.progress("3 downloaded")
        running.outcome = "verified"
    assert re.fullmatch(r"  Jars +verified \(0\.\d s\)\n", out.getvalue())


def test_a_terminal_sees_what_is_under_way() -> None:
    out = Terminal()
    with step("Jars", out) as running:
        running.outcome = "verified"
    rewritten = out.getvalue().split("\r\x1b[K")
    assert [line.split()[:2] for line in rewritten[1:]] == [["Jars", "…"], ["Jars", "verified"]]
    assert out.getvalue().count("\n") == 1


def test_an_error_ends_the_line_and_goes_on() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="broken"), step("Jars", out):
        raise ValueError("broken")
    assert re.fullmatch(r"  Jars +failed \(0\.\d s\)\n", out.getvalue())
