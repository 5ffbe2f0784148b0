"""Text that a spreadsheet would run, made harmless in CSV by a rule that can be undone.

A cell that begins with one of these characters, or with the mark itself, gets the mark in front.
Undone: one mark is taken away from the front of each cell that has one.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

MARK = "'"
# The last four are what '=', '+', '-' and '@' become under an East Asian keyboard.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_RISKY = "^[" + "".join(rf"\x{{{ord(each):x}}}" for each in (*STARTS, MARK)) + "]"


def neutralised(column: pa.Array) -> pa.Array:
    """Text of a CSV file; the very same array where nothing in it is risky."""
    risky = pc.match_substring_regex(column, _RISKY)
    if not pc.any(risky).as_py():
        return column
    return pc.if_else(risky, pc.binary_join_element_wise(MARK, column, ""), column)


def restored(column: pa.Array) -> pa.Array:
    """Text as it was, of a neutralised column."""
    marked = pc.starts_with(column, MARK)
    return pc.if_else(marked, pc.utf8_slice_codeunits(column, start=1), column)


def rule(*, exact: bool) -> dict[str, Any]:
    """As the manifest states it."""
    if exact:
        return {"applied": False, "meaning": "CSV cells are exact; do not open them unseen"}
    return {
        "applied": True,
        "mark": MARK,
        "cellsThatBeginWith": [*STARTS, MARK],
        "meaning": f"such a text cell has {MARK} put in front, in CSV files only",
        "undo": f"take one {MARK} away from the front of every text cell that begins with it",
    }
