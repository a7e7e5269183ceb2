"""Excel workbooks (Office Open XML), read with openpyxl within bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]  # ships no types
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]  # as above

from certify.errors import InvalidInput
from certify.sheets.model import MOST_COLUMNS, MOST_ROWS, Sheet, SheetRow, fitted

_MOST_UNPACKED_BYTES = 200_000_000
_MOST_MEMBERS = 2_000
_EMPTY_ROWS_AT_MOST = 1_000
# openpyxl lets through whatever its parts raise; a workbook is a stranger's file, and each is the same answer.
_FAULTS = (
    InvalidFileException,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    zlib.error,
    # A way to pack that this Python cannot unpack; RuntimeError: a member with a password.
    NotImplementedError,
    RuntimeError,
)


def read_workbook(data: bytes) -> Sheet:
    """Return the table in the first sheet that has one.

    Raises:
        InvalidInput: It is no workbook, or larger unpacked than any table.
    """
    _check_unpacked(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            if found := _table(sheet):
                return found
    except (*_FAULTS, OSError, SyntaxError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(
            "cannot be read as an Excel workbook.", where="file", fix="save it as CSV UTF-8 and try that"
        ) from error
    raise InvalidInput("holds no table.", where="file", fix="put the table on the first sheet")


def _check_unpacked(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (*_FAULTS, OSError) as error:
        raise InvalidInput("is damaged.", where="file", fix="save it again") from error
    if len(members) > _MOST_MEMBERS or sum(item.file_size for item in members) > _MOST_UNPACKED_BYTES:
        raise InvalidInput("is far larger unpacked than any table.", where="file", fix="save it as CSV")


def _table(sheet: Any) -> Sheet | None:  # noqa: ANN401 - openpyxl ships no types
    header: list[str] = []
    rows: list[SheetRow] = []
    empty = 0
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_text(value) for value in values[: MOST_COLUMNS + 1]]
        if not any(cells):
            empty += 1
            if empty > _EMPTY_ROWS_AT_MOST:  # a sheet that was formatted to its end has a million of them
                break
            continue
        empty = 0
        if not header:
            while not cells[-1]:
                cells.pop()
            if len(cells) > MOST_COLUMNS:
                raise InvalidInput(
                    f"has more than {MOST_COLUMNS} columns.", where="file", fix="leave some out"
                )
            header = cells
            continue
        rows.append(fitted(line, cells, len(header), may_be_short=True))
        if len(rows) > MOST_ROWS:
            raise InvalidInput(f"has more than {MOST_ROWS:,} rows.", where="file", fix="split it")
    if not header:
        return None
    return Sheet(header=tuple(header), rows=tuple(rows), dress=f"Excel, sheet {sheet.title}")


def _text(value: object) -> str:
    """Write a cell as somebody would type it: days in ISO 8601, whole numbers without a fraction."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")[:16]
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).strip()
