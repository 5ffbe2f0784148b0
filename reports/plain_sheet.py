"""A sheet of XlsxWriter's on which text is text, whatever stands in it."""

from __future__ import annotations

from typing import Any

from xlsxwriter.worksheet import Worksheet


class PlainSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter is not typed for strict checks
    """Holds no rich text.

    In constant memory XlsxWriter takes a text from ``<r>`` to ``</r>`` for rich text of its own and
    writes it as it is. A client may send such an id: the workbook would show another, or not open.
    """

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        self._xml_inline_string(string, True, attributes)
