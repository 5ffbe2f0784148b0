"""Click events for tests, seeded."""

import random
import time
from collections.abc import Iterator

TYPES = ("mobile", "desktop", "tablet", "tv")


def clicks(
    count: int, *, seed: int, devices: int = 200, garbage: float = 0.02, late: bool = True
) -> Iterator[bytes]:
    """``count`` events over the last two hours, some late by days, a share of them garbage."""
    chance = random.Random(seed)
    now_ms = int(time.time() * 1000)
    for _ in range(count):
        if chance.random() < garbage:
            yield chance.choice((b"", b"x|y", b"d|mobile|yesterday|1", b"\xff|a|1|1", b"a|b|1|c"))
            continue
        device = min(int(chance.paretovariate(1.1)), devices)
        late_ms = chance.choice((0, 0, 0, 3_600_000, 86_400_000 * chance.randrange(1, 30)))
        time_ms = now_ms - late_ms * late - chance.randrange(7_200_000)
        kind = TYPES[device % len(TYPES)]
        yield f"device-{device}|{kind}|{time_ms}|{chance.randrange(4)}".encode()
