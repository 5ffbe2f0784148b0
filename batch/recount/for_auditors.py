"""Count hours again from the raw records, each below a cut of its own: what an auditor asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from batch.recount.by_duckdb import counted_by_duckdb, local_parts
from batch.recount.counting import chunks
from batch.recount.sources import Archive
from batch.spark import batch_session
from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import connected
from clickledger.settings import Role, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def recount_hours(
    settings: Settings,
    cuts: Mapping[datetime, Mapping[int, int]],
    session: Callable[[Settings], AbstractContextManager[SparkSession]] = batch_session,
) -> Iterator[pa.Table]:
    """Minute rows of the hours, some hours at a time, by the rules that hold for them.

    Raises:
        ArchiveIncompleteError: the archive does not hold everything below a cut.
    """
    with session(settings) as spark, connected(settings, Role.BATCH) as connection:
        archive = Archive(spark, settings)
        for cut, hours in _alike(cuts):
            for some in chunks(connection, settings.topic, hours):
                for sources in archive.sources(connection, cut, some):
                    hours_ms = [to_epoch_ms(hour) for hour in sources.hours]
                    yield counted_by_duckdb(local_parts(spark, sources.parts), hours_ms)


def _alike(
    cuts: Mapping[datetime, Mapping[int, int]],
) -> list[tuple[dict[int, int], list[datetime]]]:
    groups: dict[tuple[tuple[int, int], ...], list[datetime]] = {}
    for hour, cut in sorted(cuts.items()):
        groups.setdefault(tuple(sorted(cut.items())), []).append(hour)
    return [(dict(cut), hours) for cut, hours in groups.items()]
