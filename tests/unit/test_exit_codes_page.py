"""docs/runbooks/exit-codes.md says of every exit code what it is and whether it is restarted."""

import re

import pytest

from clickledger.errors import ExitCode
from clickledger.settings import CHECKOUT

pytestmark = pytest.mark.unit
PAGE = CHECKOUT / "docs" / "runbooks" / "exit-codes.md"
SUPERVISED = CHECKOUT / "infra" / "supervisord_stream.conf"
ROW = re.compile(r"\| (\d+) \| ([^|]+) \| (yes|no|-) \| ([^|]+) \|")


def rows() -> list[tuple[int, str, str]]:
    """Code, whether the supervisor starts the driver again, and what to do."""
    found = [ROW.fullmatch(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    return [(int(each[1]), each[3], each[4]) for each in found if each is not None]


def test_every_exit_code_has_its_row() -> None:
    assert [code for code, *_ in rows()] == sorted(ExitCode)


def test_the_supervisor_restarts_what_the_page_says() -> None:
    left = re.findall(r"^exitcodes=([\d,]+)$", SUPERVISED.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(left) == 2  # both slots
    for codes in left:
        assert list(map(int, codes.split(","))) == [code for code, how, _ in rows() if how == "no"]


def test_pages_that_it_sends_to_exist() -> None:
    linked = [page for *_, advice in rows() for page in re.findall(r"\]\(([^)]+)\)", advice)]
    assert linked
    assert all((PAGE.parent / page).is_file() for page in linked)
