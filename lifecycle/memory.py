"""Is there memory for two drivers at once? If not, the old one drains before the new one starts."""

from __future__ import annotations

import psutil

from clickledger.settings import Settings

# A driver takes its heap and so much more: the JVM's own memory, and Python's
# (docs/evidence, live: 900 to 1,070 MiB with a heap of 700 MiB to 1 GiB in use).
BESIDE_THE_HEAP = 512 << 20
UNITS = {"m": 1 << 20, "g": 1 << 30}


def starts_beside(settings: Settings) -> bool:
    """Whether a new driver may warm up beside the old one."""
    if settings.takeover != "auto":
        return settings.takeover == "beside"
    if settings.supervisor_url and "//127.0.0.1" not in settings.supervisor_url:
        return True  # on another machine, whose memory we do not see
    return psutil.virtual_memory().available >= needed(settings.spark_driver_memory)


def needed(heap: str) -> int:
    """Bytes that one more driver takes; ``heap`` is like ``700m`` or ``1g``."""
    return int(heap[:-1]) * UNITS[heap[-1]] + BESIDE_THE_HEAP
