"""Wait for a condition instead of sleeping for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def await_that(
    condition: Callable[[], T | None], what: str, *, timeout_s: float = 120, every_s: float = 0.05
) -> T:
    """The first truthy value of ``condition``; fails with ``what`` after ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(every_s)
