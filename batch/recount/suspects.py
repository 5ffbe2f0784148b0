"""Which ranges the ledger counted otherwise than the recount does, by the same rules.

A segment's totals tell whether it has any; only then its records are gone through range by range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clickledger.ledger.positions import OffsetRange


@dataclass(frozen=True, slots=True)
class WrongRange:
    """A range whose accepted events or clicks in the ledger are not those of the recount.

    ``event_times_ms`` is the span of its events, by the ledger or by the recount.
    """

    span: OffsetRange
    release: str
    code_fingerprint: str
    event_times_ms: tuple[int, int]

    def touches(self, start_ms: int, end_ms: int) -> bool:
        """Whether it may have events of ``start_ms <= time < end_ms``."""
        least, most = self.event_times_ms
        return least < end_ms and most >= start_ms


def wrong_ranges(
    partition: int, ranges: Sequence[dict[str, Any]], judged: pa.Table
) -> list[WrongRange]:
    """Compare ``ranges`` (``batch/booked_ranges``) with judged rows of the same offsets.

    ``judged`` has columns offset, reason, click, time_ms.
    """
    accepted = judged.filter(pc.is_null(judged["reason"]))
    starts = np.array([row["start_offset"] for row in ranges])
    where = np.searchsorted(starts, accepted["offset"].to_numpy(), side="right") - 1
    times = accepted["time_ms"].to_numpy()
    events = np.bincount(where, minlength=len(ranges))
    clicks = np.bincount(where, accepted["click"].to_numpy(), minlength=len(ranges))
    return [
        WrongRange(
            span=OffsetRange(partition, row["start_offset"], row["end_offset"]),
            release=row["release_name"],
            code_fingerprint=row["code_fingerprint"],
            event_times_ms=_span(row, times[where == index]),
        )
        for index, row in enumerate(ranges)
        if (events[index], clicks[index]) != (row["accepted"], row["clicks"])
    ]


def _span(row: dict[str, Any], times: np.ndarray[Any, Any]) -> tuple[int, int]:
    known = [row["event_time_min_ms"], row["event_time_max_ms"], *times.tolist()]
    found = [time for time in known if time is not None]
    return min(found, default=0), max(found, default=0)
