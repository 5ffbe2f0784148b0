"""The page of `benchmarks up` says of each goal whether every run has kept it."""

import pytest

from benchmarks.up import UpResult, page

pytestmark = pytest.mark.unit


def test_one_late_clone_breaks_the_goal() -> None:
    rows = page(
        [
            UpResult(1, first_click_s=80, up_s=90, down_s=8, second_click_s=20, second_up_s=44.9),
            UpResult(2, first_click_s=82, up_s=95, down_s=9, second_click_s=21, second_up_s=45.1),
        ]
    ).splitlines()
    assert "| `make up` → first click in MySQL | 81.0 | 80.0 82.0 | 120 | yes |" in rows
    assert "| `make up` again → its table | 45.0 | 44.9 45.1 | 45 | NO |" in rows
    assert "| `make down` | 8.5 | 8.0 9.0 |  |  |" in rows
