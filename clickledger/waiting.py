"""Wait for something that another process brings about, for a bounded time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(look: Callable[[], T | None], *, within_s: float, every_s: float) -> T | None:
    """The first truthy answer of ``look``; ``None`` when there is none in time.

    ``look`` is asked at least once, and may raise to give up early.
    """
    deadline = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline:
            return None
        time.sleep(every_s)
    return found
