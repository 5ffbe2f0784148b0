"""Compare two counts of the same minutes, row by row. Equality is exact: there is no tolerance."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from batch.recount.minutes import KEY

COUNTS = ("clicks", "events", "recount_clicks", "recount_events")


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One key whose counts differ: what the stream has, what the recount has."""

    minute_ms: int
    device_type: str
    device_id: str
    clicks: int
    events: int
    recount_clicks: int
    recount_events: int

    @property
    def key(self) -> tuple[int, str, str]:
        """Of the minute row."""
        return self.minute_ms, self.device_type, self.device_id

    @property
    def clicks_delta(self) -> int:
        """What is to be added to make it right."""
        return self.recount_clicks - self.clicks

    @property
    def events_delta(self) -> int:
        """What is to be added to make it right."""
        return self.recount_events - self.events


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the rows of the stream and of the recount compare; ``rows`` counts every key once."""

    rows: int
    modified: int
    missing: int  # the recount has it, the stream has not
    surplus: int  # the stream has it, the recount has not
    differences: tuple[Difference, ...]

    @property
    def identical(self) -> int:
        """Keys with the same counts on both sides."""
        return self.rows - len(self.differences)


def compare(stream: pa.Table, recount: pa.Table) -> Comparison:
    """Compare minute rows; both tables have one row a key, in key order."""
    if stream.equals(recount):
        return Comparison(stream.num_rows, 0, 0, 0, ())
    names = {"clicks": "recount_clicks", "events": "recount_events"}
    joined = stream.join(recount.rename_columns(names), KEY, join_type="full outer")
    same = pc.and_(
        pc.equal(joined["clicks"], joined["recount_clicks"]),
        pc.equal(joined["events"], joined["recount_events"]),
    )
    odd = joined.filter(pc.invert(pc.fill_null(same, False)))
    is_missing, is_surplus = pc.is_null(odd["events"]), pc.is_null(odd["recount_events"])
    missing, surplus = (pc.sum(mask).as_py() or 0 for mask in (is_missing, is_surplus))
    rows = (row | {name: row[name] or 0 for name in COUNTS} for row in odd.to_pylist())
    return Comparison(
        rows=joined.num_rows,
        modified=odd.num_rows - missing - surplus,
        missing=missing,
        surplus=surplus,
        differences=tuple(sorted(Difference(**row) for row in rows)),
    )
