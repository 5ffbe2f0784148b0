"""Named points at which a crash test can hold the driver still.

``CLICKLEDGER_FAILPOINT=<point>:<folder>`` makes the first arrival at ``point`` write the marker
file ``<folder>/<point>`` and wait until a test removes it, or kills the process meanwhile. Without
the variable a point costs one dictionary look-up.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import DataFrame

VARIABLE = "CLICKLEDGER_FAILPOINT"
HELD_FOR_MS = 600_000  # a record: longer than any test
Point = Literal[
    "range_read",
    "in_job",
    "before_transaction",
    "inside_transaction",
    "before_commit",
    "after_commit",
    # the batch layer
    "segment_claimed",
    "segment_written",
    "before_listing",
    "snapshot_taken",
    "recounted",
    "inside_correction",
    "correction_applied",
    "before_mark",
    "hours_reopened",
    "before_restatement",
    "before_checks",
    "before_day_mark",
    "gap_closed",
    "item_deleted",
    # reports
    "day_read",
    "tables_written",
    "before_manifest",
    "before_publication",
    "published",
    "export_recorded",
]


def reach(point: Point) -> None:
    """Hold here once when the environment asks for it."""
    marker = _marker(point)
    if marker is None:
        return
    marker.with_suffix(".passed").touch()
    marker.touch()
    while marker.exists():
        time.sleep(0.01)


def held_in_job(frame: DataFrame) -> DataFrame:
    """``frame``; its job stands still at the first record once the environment asks for it.

    The marker is there while one of the job's tasks runs. Only a kill ends it.
    """
    if _marker("in_job") is None:
        return frame
    context = frame.sparkSession.sparkContext
    threading.Thread(target=_reach_in_job, args=(context,), daemon=True).start()
    return frame.where(f"reflect('java.lang.Thread', 'sleep', {HELD_FOR_MS}L) IS NULL")


def _reach_in_job(context: SparkContext) -> None:
    tracker = context.statusTracker()
    while not any(
        stage.numActiveTasks
        for found in tracker.getActiveStageIds()
        if (stage := tracker.getStageInfo(found))
    ):
        time.sleep(0.01)
    reach("in_job")


def _marker(point: Point) -> Path | None:
    """The file to write at ``point``; ``None`` when nobody waits for it there."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return None
    name, _, folder = wanted.partition(":")
    marker = Path(folder) / name
    return None if name != point or marker.with_suffix(".passed").exists() else marker
