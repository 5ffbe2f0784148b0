"""Which rejected records are kept for a person: up to a cap per reason and hour of arrival."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from clickledger.clock import HOUR_MS
from streaming.batch import RejectedSample

Bin: TypeAlias = tuple[int, str]  # (arrival_hour_ms, reason)


class SampleBook:
    """How many samples each (hour of arrival, reason) holds already.

    ``stored`` asks the table, once a bin; ``remember`` counts on after a commit.
    """

    def __init__(self, cap: int, stored: Callable[[Bin], int]) -> None:
        self._cap = cap
        self._stored = stored
        self._kept: dict[Bin, int] = {}

    def room(self, rejected: pa.Table) -> dict[Bin, int]:
        """Samples that may still be kept, by bin; full bins left out."""
        bins = zip(
            rejected["arrival_hour_ms"].to_pylist(), rejected["reason"].to_pylist(), strict=True
        )
        room = {found: self._cap - self._known(found) for found in bins}
        return {found: free for found, free in room.items() if free > 0}

    def remember(self, samples: list[RejectedSample]) -> None:
        """Count committed samples; forget hours long past, so that memory stays flat."""
        for sample in samples:
            self._kept[sample.hour_ms, sample.reason] += 1
        newest = max((hour for hour, _ in self._kept), default=0)
        for found in [found for found in self._kept if found[0] < newest - 24 * HOUR_MS]:
            del self._kept[found]

    def _known(self, found: Bin) -> int:
        if found not in self._kept:
            self._kept[found] = self._stored(found)
        return self._kept[found]


def pick(rows: pa.Table, room: dict[Bin, int]) -> list[RejectedSample]:
    """The first rejected rows (of ``transforms.judge``), in offset order, that ``room`` allows."""
    rejected = rows.filter(pc.is_valid(rows["reason"]))
    ordered = rejected.sort_by([("partition", "ascending"), ("offset", "ascending")])
    taken: Counter[Bin] = Counter()
    samples = []
    for row in ordered.to_pylist():
        found = (row["kafka_time_ms"] // HOUR_MS * HOUR_MS, row["reason"])
        if taken[found] < room.get(found, 0):
            taken[found] += 1
            samples.append(_sample(row, found[0]))
    return samples


def _sample(row: dict[str, Any], hour_ms: int) -> RejectedSample:
    return RejectedSample(
        partition=row["partition"],
        offset=row["offset"],
        reason=row["reason"],
        raw=row["value"],
        true_length=row["value_length"],
        arrived_ms=row["kafka_time_ms"],
        hour_ms=hour_ms,
    )
