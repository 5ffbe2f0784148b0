"""Clean, seeded events and the exact figures that they must come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from clickledger.clock import MINUTE_MS, from_epoch_ms

START_MS = 1_764_547_200_000  # 2025-12-01 00:00 UTC, on a minute; always the same: so are results
SPAN_MS = 5 * MINUTE_MS  # a backlog of five minutes, in order but for the jitter
JITTER_MS = 2_000
TYPES = ("mobile", "tablet", "web")  # a device has one type; about 30 bytes an event
MAX_CLICK = 9
CHUNK = 100_000

Truth = dict[tuple[datetime, str, str], tuple[int, int]]  # (minute, type, device): clicks, events


@dataclass(frozen=True)
class EventMaker:
    """``events`` events of ``devices`` devices, each as likely as the other."""

    events: int
    devices: int
    seed: int = 1

    @property
    def topic(self) -> str:
        """A name that tells one set of events from another."""
        return f"bench-{self.events}x{self.devices}-seed{self.seed}"

    @property
    def records(self) -> int:
        """How many values there are."""
        return self.events

    def values(self) -> Iterator[list[bytes]]:
        """The record values, a chunk at a time."""
        heads = self.heads()
        for device, time_ms, click in self._chunks():
            fields = zip(device.tolist(), time_ms.tolist(), click.tolist(), strict=True)
            yield [b"%b%d|%d" % (heads[index], moment, clicks) for index, moment, clicks in fields]

    def heads(self) -> list[bytes]:
        """``deviceId|deviceType|`` of every device."""
        return ["{}|{}|".format(*self._head(each)).encode() for each in range(self.devices)]

    def truth(self) -> Truth:
        """Every row that ``clicks_by_minute`` must hold, and no other."""
        minutes = (SPAN_MS + JITTER_MS) // MINUTE_MS + 1
        clicks, events = (np.zeros(minutes * self.devices, np.int64) for _ in range(2))
        for device, time_ms, click in self._chunks():
            group = (time_ms - START_MS) // MINUTE_MS * self.devices + device
            clicks += np.bincount(group, weights=click, minlength=len(clicks)).astype(np.int64)
            events += np.bincount(group, minlength=len(events))
        truth: Truth = {}
        for index in np.flatnonzero(events).tolist():
            minute, number = divmod(int(index), self.devices)
            device_id, device_type = self._head(number)
            key = (from_epoch_ms(START_MS + minute * MINUTE_MS), device_type, device_id)
            truth[key] = (int(clicks[index]), int(events[index]))
        return truth

    def _head(self, number: int) -> tuple[str, str]:
        # Multiplying by an odd number is one to one on 32 bits: ids look drawn and never meet.
        return f"{number * 2654435761 % 2**32:08x}", TYPES[number % len(TYPES)]

    def _chunks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
        """(device number, event time, clicks) of each event."""
        random = Generator(PCG64(self.seed))
        for first in range(0, self.events, CHUNK):
            number = np.arange(first, min(first + CHUNK, self.events), dtype=np.int64)
            jitter = random.integers(0, JITTER_MS, len(number))
            time_ms = START_MS + number * SPAN_MS // self.events + jitter
            device = random.integers(0, self.devices, len(number))
            yield device, time_ms, random.integers(1, MAX_CLICK + 1, len(number))


@dataclass(frozen=True)
class SpoiledEventMaker(EventMaker):
    """The same events, each with a malformed one behind it: the figures are the same."""

    @property
    def topic(self) -> str:
        """Not that of the clean events."""
        return f"{super().topic}-spoiled"

    @property
    def records(self) -> int:
        """Every second one is garbage."""
        return 2 * self.events

    def values(self) -> Iterator[list[bytes]]:
        """A chunk of clean values with garbage between them."""
        for values in super().values():
            yield [each for value in values for each in (value, value.replace(b"|", b"?", 1))]
