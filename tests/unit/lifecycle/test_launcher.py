"""How long a driver that keeps dying has to wait."""

import pytest

from lifecycle.launcher import wait_s

pytestmark = pytest.mark.unit


def test_the_first_two_starts_are_at_once_then_slower_and_slower() -> None:
    assert [wait_s(start) for start in range(1, 10)] == [0, 0, 2, 4, 8, 16, 32, 60, 60]
