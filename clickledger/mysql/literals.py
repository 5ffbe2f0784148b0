"""Rows of a bulk ``INSERT`` as SQL text, built column by column in Arrow, not row by row in Python.

Two to three times faster than a driver's ``executemany`` (measured in docs/evidence). Safe only
because every connection of ours pins a ``sql_mode`` without ``NO_BACKSLASH_ESCAPES`` and the
character set utf8mb4 (``clickledger.mysql.connection``); text is quoted here and nowhere else.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Integers as literals."""
    return column.cast(pa.string())


def text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Strings as quoted literals."""
    escaped = pc.replace_substring(column, "\\", "\\\\")
    escaped = pc.replace_substring(escaped, "'", "\\'")
    escaped = pc.replace_substring(escaped, "\0", "\\0")
    return pc.binary_join_element_wise("'", escaped, "'", "")


def moment(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole seconds, given as epoch milliseconds, as UTC ``DATETIME`` literals."""
    return stamp(column, "'")


def stamp(column: pa.ChunkedArray, quote: str = "") -> pa.ChunkedArray:
    """The same as text, for what is no literal."""
    encoded = column.combine_chunks().dictionary_encode()  # few different minutes, many rows
    stamps = encoded.dictionary.cast(pa.timestamp("ms"))
    form = f"{quote}%Y-%m-%d %H:%M:%S{quote}"
    named = pc.strftime(stamps.cast(pa.timestamp("s")), format=form)
    return pa.chunked_array([named.take(encoded.indices)])


def rows(columns: Sequence[pa.ChunkedArray]) -> list[str]:
    """One ``(…)`` per row from columns of literals."""
    parts: list[object] = ["("]
    for index, column in enumerate(columns):
        parts += [",", column] if index else [column]
    return pc.binary_join_element_wise(*parts, ")", "").to_pylist()  # type: ignore[no-any-return]
