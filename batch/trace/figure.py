"""The figure that a record went into: of its minute, or of its hour once that is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SEALED = "sealed"


def figure_in(row: Mapping[str, Any], prefix: str = "") -> tuple[int, int] | None:
    """(clicks, events) of a row of sql/trace/figure; ``hour_``: of the sealed hour."""
    if row.get(f"{prefix}events") is None:
        return None
    return row[f"{prefix}clicks"], row[f"{prefix}events"]
