"""Samples: of rejected records, and of ranges that were counted again and found right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from batch.maintenance.items import Item, Kind, Work
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement

TABLES = ("rejected_events", "sampled_ranges")


@dataclass(frozen=True, slots=True)
class Samples:
    """The keeper of samples; names are tables."""

    def items(self, work: Work) -> Iterator[Item]:
        """One a table that has old ones."""
        before = work.before(work.settings.keep_samples)
        if before is None:
            return
        for table in TABLES:
            row = fetch_one(
                work.connection, statement(f"maintenance/old_{table}"), {"before": before}
            )
            if row and row["amount"]:
                yield Item(Kind.SAMPLES, table, f"rows from before {before}", row["amount"])

    def delete(self, work: Work, name: str) -> str:
        """Some rows at a time, each time in a transaction of its own."""
        before = work.before(work.settings.keep_samples)
        if before is None or name not in TABLES:
            return "samples are kept"
        with work.connection.cursor() as cursor:
            while cursor.execute(statement(f"maintenance/delete_{name}"), {"before": before}):
                pass
        return ""
