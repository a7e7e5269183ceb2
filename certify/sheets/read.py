"""Reads a table, whatever program wrote it."""

from __future__ import annotations

from certify.errors import InvalidInput
from certify.sheets.csv_file import read_csv_sheet
from certify.sheets.model import Sheet
from certify.sheets.workbook import read_workbook

MAX_FILE_BYTES = 20_000_000
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def read_sheet(data: bytes) -> Sheet:
    """Return the table in a CSV file or in the first sheet of an Excel workbook (.xlsx).

    Raises:
        InvalidInput: The file as a whole cannot be read; where, why and what to do.
    """
    if not data:
        raise InvalidInput("is empty.", where="file", fix="choose the file that was exported")
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(
            f"has {len(data):,} bytes; at most {MAX_FILE_BYTES:,} are read at once.",
            where="file",
            fix="split it",
        )
    if data.startswith(_OLD_EXCEL):
        raise InvalidInput(
            "is a workbook of Excel 97 to 2003, or has a password.",
            where="file",
            fix="save it as .xlsx without a password, or as CSV",
        )
    return read_workbook(data) if data.startswith(_ZIP) else read_csv_sheet(data)
