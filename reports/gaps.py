"""Gaps of the ledger in which events of a day may be lost: open ones, until a backfill closes them.

They are said beside the figures, as of the moment of the version: one that is closed and brings no
event of the day makes no version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import from_epoch_ms, to_epoch_ms, utc_text
from clickledger.ledger.gaps import Gap, read_gaps
from reports.day import Day


def open_gaps(connection: Connection[Cursor], topic: str, day: Day) -> list[Gap]:
    """Those whose records may have arrived while the day was."""
    return [gap for gap in read_gaps(connection, topic) if _touches(gap, day)]


def gap_as_dict(gap: Gap) -> dict[str, Any]:
    """For the manifest."""
    return {
        "partition": gap.span.partition,
        "start": gap.span.start,
        "end": gap.span.end,
        "arrivedAfter": _moment(gap.arrived_after_ms),
        "arrivedBefore": _moment(gap.arrived_before_ms),
    }


def gap_in_words(gap: Gap) -> str:
    """For people."""
    return " ".join(_words(gap))


def _touches(gap: Gap, day: Day) -> bool:
    after, before = gap.arrived_after_ms or 0, gap.arrived_before_ms
    begins, ends = to_epoch_ms(day.starts_at), to_epoch_ms(day.ends_at)
    return gap.closed_at is None and after < ends and before >= begins


def _words(gap: Gap) -> Iterator[str]:
    yield f"{gap.span}, which arrived"
    if after := _moment(gap.arrived_after_ms):
        yield f"after {after} and"
    yield f"by {_moment(gap.arrived_before_ms)}"


def _moment(time_ms: int | None) -> str | None:
    return None if time_ms is None else utc_text(from_epoch_ms(time_ms))
