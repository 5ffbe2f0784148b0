"""One digest for the figures of a day, whatever files they stand in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pyarrow as pa

from reports.csv_text import rows_as_csv


def digest_of(digests: Iterable[str]) -> str:
    """Over the digests of tables, in their order: types, hours, devices."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def table_digest(batches: Iterable[pa.RecordBatch]) -> str:
    """Over the exact rows of a table, as its writer takes it."""
    found = hashlib.sha256()
    for batch in batches:
        found.update(rows_as_csv(batch))
    return found.hexdigest()
