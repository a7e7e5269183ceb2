"""Writes tables for people to open in a spreadsheet, where no cell can become a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from openpyxl import Workbook  # type: ignore[import-untyped]  # ships no types
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]  # as above

from certify.sheets.model import harmless

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Write CSV (RFC 4180, UTF-8 with the mark by which Excel knows it)."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_workbook(rows: Iterable[Sequence[str]], title: str) -> bytes:
    """Write an Excel workbook of one sheet; every cell is a text, also one that begins with an equals sign."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Rows")
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value="")
            # The value is set after the kind, because a text that begins with "=" would change the kind.
            cell._value = _NOT_IN_XML.sub("", text)  # noqa: SLF001 - openpyxl has no other way
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
