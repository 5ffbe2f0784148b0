"""Named points at which a crash test can hold the driver still.

``CLICKLEDGER_FAILPOINT=<point>:<folder>`` makes the first arrival at ``point`` write the marker
file ``<folder>/<point>`` and wait until a test removes it, or kills the process meanwhile. Without
the variable a point costs one dictionary look-up.
"""

import os
import time
from pathlib import Path
from typing import Literal

VARIABLE = "CLICKLEDGER_FAILPOINT"
Point = Literal[
    "range_read",
    "job_started",
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
]


def reach(point: Point) -> None:
    """Hold here once when the environment asks for it."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    name, _, folder = wanted.partition(":")
    marker = Path(folder) / name
    if name != point or marker.with_suffix(".passed").exists():
        return
    marker.with_suffix(".passed").touch()
    marker.touch()
    while marker.exists():
        time.sleep(0.01)
