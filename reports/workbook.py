"""``report.xlsx``: the summaries and the top devices, typed, in constant memory, repeatable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from reports.facts import Facts
from reports.summaries import origin_rows, quality_rows, summary_rows
from reports.tables import HOURS, TOP, TYPES, Shape

# The file format knows when a workbook was made; ours is made again with the same bytes.
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
FORMATS = {"integer": "#,##0", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}
WIDTHS = {"integer": 14, "date": 12, "datetime": 18, "string": 28}


def write_workbook(path: Path, facts: Facts) -> None:
    """One sheet a table; every sheet of a provisional day says so."""
    with open_workbook(path, f"Clicks of {facts.day.day}") as (book, formats):
        _words(book, formats, "Summary", facts, summary_rows(facts))
        _table(book, formats, TYPES, facts, facts.types.rows)
        _table(book, formats, HOURS, facts, facts.hours.rows)
        _table(book, formats, TOP, facts, _rows(facts))
        _words(book, formats, "Quality", facts, quality_rows(facts))
        _words(book, formats, "Rests on", facts, origin_rows(facts))


@contextmanager
def open_workbook(path: Path, title: str) -> Iterator[tuple[Any, Formats]]:
    """A workbook that is written row by row, and closed at the end of the block."""
    import xlsxwriter

    from reports.plain_sheet import PlainSheet

    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(path, options) as book:
        book.worksheet_class = PlainSheet
        book.set_properties({"title": title, "created": CREATED})
        yield book, Formats(book)


class Formats:
    """Cell formats by kind."""

    def __init__(self, book: Any) -> None:
        self.heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EDF3"})
        self.mark = book.add_format({"bold": True, "font_color": "#B00020"})
        self.real = book.add_format()
        self.share = book.add_format({"num_format": "0.00%"})
        self.kinds = {kind: book.add_format({"num_format": f}) for kind, f in FORMATS.items()}


def _sheet(book: Any, name: str, facts: Facts) -> Any:
    sheet = book.add_worksheet(name)
    mark = "&C&B PROVISIONAL " if facts.is_provisional else ""
    sheet.set_header(f"&L{facts.day.day} {facts.name}{mark}&R{facts.day.time_zone}")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


def _table(
    book: Any, formats: Formats, shape: Shape, facts: Facts, rows: Iterable[Mapping[str, Any]]
) -> None:
    sheet = _sheet(book, shape.name, facts)
    for index, column in enumerate(shape.columns):
        sheet.set_column(index, index, WIDTHS[column.kind], formats.kinds.get(column.kind))
    top = _mark(sheet, formats, facts)
    for index, column in enumerate(shape.columns):
        sheet.write_string(top, index, column.name, formats.heading)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    last = top
    for last, row in enumerate(rows, top + 1):
        for index, column in enumerate(shape.columns):
            write_cell(sheet, (last, index), row[column.name], formats)
    sheet.autofilter(top, 0, last, len(shape.columns) - 1)


def _words(
    book: Any, formats: Formats, name: str, facts: Facts, rows: Sequence[tuple[Any, ...]]
) -> None:
    sheet = _sheet(book, name, facts)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 5, 24)
    top = _mark(sheet, formats, facts)
    for line, row in enumerate(rows, top):
        for index, value in enumerate(row):
            if line == top:
                sheet.write_string(line, index, str(value), formats.heading)
            elif isinstance(value, float):
                sheet.write_number(line, index, value, formats.share)
            else:
                write_cell(sheet, (line, index), value, formats)
    sheet.freeze_panes(top + 1, 0)


def _mark(sheet: Any, formats: Formats, facts: Facts) -> int:
    """The first free line."""
    if not facts.is_provisional:
        return 0
    sheet.write_string(0, 0, f"PROVISIONAL: {'; '.join(facts.held)}", formats.mark)
    return 1


def write_cell(sheet: Any, place: tuple[int, int], value: Any, formats: Formats) -> None:
    """A typed cell: text is never read as anything else."""
    if value is None:
        return
    if isinstance(value, float | Decimal):
        sheet.write_number(*place, float(value), formats.real)
    elif isinstance(value, int):
        sheet.write_number(*place, value, formats.kinds["integer"])
    elif isinstance(value, datetime):
        sheet.write_datetime(*place, value.replace(tzinfo=None), formats.kinds["datetime"])
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, formats.kinds["date"])
    else:
        sheet.write_string(*place, value)


def _rows(facts: Facts) -> Iterable[Mapping[str, Any]]:
    return (row for batch in facts.top.to_batches(1000) for row in batch.to_pylist())
