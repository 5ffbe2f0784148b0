"""How answers are printed: plain aligned tables for people, JSON for programs, times in UTC."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from clickledger.clock import utc_text, zoned_text
from clickledger.errors import UsageError


def print_json(data: object) -> None:
    """One document. All but ASCII is escaped, so that nothing in it can steer a terminal."""
    print(json.dumps(data, indent=2, default=_as_json))


def print_words_and_json(words: Iterable[str], data: object) -> None:
    """The document, for programs; before it what it means, on stderr, for whoever reads a log."""
    for line in words:
        print(printable(line), file=sys.stderr, flush=True)
    print_json(data)


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return shown_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return escaped(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def shown_time(moment: datetime, zone: ZoneInfo | None = None) -> str:
    """A ``DATETIME`` value (UTC without a zone), in UTC with a Z or in ``zone`` with its offset."""
    return utc_text(moment) if zone is None else zoned_text(moment, zone)


def with_times(rows: Iterable[dict[str, Any]], zone: ZoneInfo | None) -> list[dict[str, Any]]:
    """The rows with every time as text."""
    return [
        {
            name: shown_time(value, zone) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def escaped(value: bytes) -> str:
    """Bytes as text that is safe on a terminal and says exactly which bytes they were."""
    doubled = value.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return printable(doubled)


def printable(text: str) -> str:
    """The text with everything that a terminal would act on, or hide, escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def shown(value: object) -> str:
    """A value as a table shows it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return shown_time(value)
    return printable(str(value))


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns; there must be a row."""
    columns = [_column(name, values) for name, *values in zip(header, *rows, strict=True)]
    for cells in zip(*columns, strict=True):
        print("  ".join(cells).rstrip())


def _column(name: str, values: Sequence[object]) -> list[str]:
    cells = [name, *map(shown, values)]
    width = max(map(len, cells))
    if all(isinstance(value, int | float | Decimal | None) for value in values):
        return [cell.rjust(width) for cell in cells]
    return [cell.ljust(width) for cell in cells]


def print_rows(rows: Sequence[dict[str, Any]], nothing: str) -> None:
    """Rows of a query as a table; ``nothing`` is said where there are none."""
    if not rows:
        print(nothing)
        return
    header = [name.upper().replace("_", " ") for name in rows[0]]
    print_table(header, [list(row.values()) for row in rows])


def note(text: str) -> None:
    """A line for the person, apart from the answer."""
    print(text, file=sys.stderr, flush=True)


def binary_output() -> BinaryIO:
    """Standard output for bytes."""
    if sys.stdout is None:
        raise UsageError("Standard output is closed.")
    return sys.stdout.buffer
