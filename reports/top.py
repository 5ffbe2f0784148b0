"""The devices with most clicks, kept while the rows of all devices go by."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from reports.tables import TOP

PLACES = 10_000
_ORDER = [
    ("clicks", "descending"),
    ("events", "descending"),
    ("device_type", "ascending"),
    ("device_id", "ascending"),
]
_COLUMNS = ["device_type", "device_id", "clicks", "events"]


class Top:
    """At most ``places`` rows at any time, whatever order the batches come in."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = places
        self._best = pa.schema([TOP.schema.field(name) for name in _COLUMNS]).empty_table()

    def add(self, batch: pa.RecordBatch) -> None:
        """Rows of the table ``devices``."""
        rows = pa.Table.from_batches([batch]).select(_COLUMNS)
        if len(self._best) == self._places:
            least = self._best["clicks"][-1]
            rows = rows.filter(pc.greater_equal(rows["clicks"], least))
        if len(rows):
            together = pa.concat_tables([self._best, rows])
            self._best = together.sort_by(_ORDER).slice(0, self._places).combine_chunks()

    def table(self) -> pa.Table:
        """The table ``top_devices``."""
        places = pa.array(range(1, len(self._best) + 1), pa.int64())
        return pa.Table.from_arrays([places, *self._best.columns], schema=TOP.schema)
