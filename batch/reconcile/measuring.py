"""Measure hours from their sources and from whatever else arrived in them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.recount.by_duckdb import local_parts
from batch.recount.measures import Measures, measured
from batch.recount.sources import Archive, Sources
from batch.run import Run
from clickledger.clock import to_epoch_ms
from clickledger.errors import ArchiveIncompleteError

log = logging.getLogger(__name__)


def measure_hours(
    connection: Connection[Cursor],
    run: Run,
    archive: Archive,
    sources: Sources,
    cut: Mapping[int, int],
) -> Measures:
    """The measures of the hours of ``sources`` below ``cut``; none in a dry run, which keeps none.

    Records that arrived in these hours and count into others may lie in a file that is gone: then
    nothing is said of arrivals, and the hours do not wait for it.
    """
    if run.dry_run:
        return Measures()
    hours_ms = [to_epoch_ms(hour) for hour in sources.hours]
    try:
        more = archive.arrivals(connection, sources, cut)
    except ArchiveIncompleteError as error:
        log.warning("arrivals of %d hours are not measured: %s", len(hours_ms), error)
        return replace(measured(local_parts(archive.spark, sources.parts), hours_ms), arrivals=())
    return measured(local_parts(archive.spark, (*sources.parts, *more)), hours_ms)
