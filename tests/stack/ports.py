"""Where stacks of tests listen: no two workers look at one place, nor two checkouts at once."""

from __future__ import annotations

import os
from zlib import crc32

from clickledger.settings import CHECKOUT
from infra.ports import is_free

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
APART = 10  # from one stack's first port to the next one's


def free_port_base(first: int, last: int) -> int:
    """The first of three free ports in a row, between these, which are the same for all workers.

    A checkout begins to look at a place of its own: another one may begin to test just now, and
    servers listen only some time after they were given their ports.
    """
    of_worker = APART * (int(WORKER.removeprefix("gw")) % 2)
    places = range(first + of_worker, last, 2 * APART)
    ours = crc32(bytes(CHECKOUT)) % len(places)
    bases: list[int] = [*places[ours:], *places[:ours]]
    return next(base for base in bases if all(is_free(base + offset) for offset in range(3)))
