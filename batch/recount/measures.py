"""What is measured beside the counts, by DuckDB over the archive: copies, lateness, rejects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymysql.cursors import Cursor

from batch.recount.by_duckdb import MEMORY, part_parameters
from batch.recount.judging import Part
from clickledger.clock import from_epoch_ms
from clickledger.mysql.statements import placeholders, statement

ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Measures:
    """Rows of ``event_measures_by_hour`` and of ``arrivals_by_hour``, for some hours."""

    events: tuple[tuple[Any, ...], ...] = ()
    arrivals: tuple[tuple[Any, ...], ...] = ()

    def keep(self, cursor: Cursor, hours: Collection[datetime]) -> None:
        """Replace what is kept of ``hours``, inside the transaction that marks them."""
        for name in ("batch/clear_event_measures", "batch/clear_arrivals"):
            cursor.execute(statement(name).format(hours=placeholders(hours)), tuple(hours))
        for name, rows in (("add_event_measures", self.events), ("add_arrivals", self.arrivals)):
            of_hours = [row for row in rows if row[0] in hours]
            cursor.executemany(statement(f"batch/{name}"), of_hours)


def measured(parts: Iterable[Part], hours_ms: Collection[int]) -> Measures:
    """Measure ``hours_ms``: events by event time, all records by Kafka timestamp."""
    import duckdb

    events: dict[tuple[Any, ...], list[int]] = {}
    arrivals: dict[tuple[Any, ...], list[int]] = {}
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        for part in parts:
            parameters = part_parameters(part, hours_ms)
            found = connection.sql(statement("duckdb/measures"), params=parameters)
            for kind, hour_ms, device_type, reason, records, *more in found.fetchall():
                hour = from_epoch_ms(hour_ms)
                if kind == "event":
                    _add(events, (hour, device_type), [records, *more])
                else:
                    _add(arrivals, (hour, device_type, reason or ACCEPTED), [records])
    return Measures(_rows(events), _rows(arrivals))


def _add(sums: dict[tuple[Any, ...], list[int]], key: tuple[Any, ...], counts: list[int]) -> None:
    before = sums.setdefault(key, [0] * len(counts))
    sums[key] = [a + b for a, b in zip(before, counts, strict=True)]


def _rows(sums: Mapping[tuple[Any, ...], Sequence[int]]) -> tuple[tuple[Any, ...], ...]:
    return tuple((*key, *counts) for key, counts in sorted(sums.items()))
