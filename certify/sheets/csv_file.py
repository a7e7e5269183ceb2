"""CSV as spreadsheets and learning platforms write it (RFC 4180 and what is usual beside it)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from certify.errors import InvalidInput
from certify.sheets.model import MOST_COLUMNS, MOST_ROWS, Sheet, SheetRow, fitted

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# Bytes that are no UTF-8 are a Windows code page. Which one, the letters tell: a Cyrillic or Greek text in
# its own code page is mostly high bytes in runs, a western one has single accents.
_LETTERS_IN_A_ROW = 3


def read_csv_sheet(data: bytes) -> Sheet:
    """Return the table of a CSV file.

    Raises:
        InvalidInput: It is no text, has no heading, or has too many columns or rows.
    """
    text, encoding = _decode(data)
    text, delimiter = _delimiter(text)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] = []
    rows: list[SheetRow] = []
    for line, cells, fault in _records(lines, reader, delimiter):
        if fault and header:
            rows.append(SheetRow(line=line, cells=(), fault=fault))
        elif not header:
            if fault:
                raise InvalidInput(f"has a heading that cannot be read: {fault}.", where=f"file, line {line}")
            header = _heading(cells)
        else:
            rows.append(fitted(line, cells, len(header), may_be_short=False))
        if len(rows) > MOST_ROWS:
            raise InvalidInput(f"has more than {MOST_ROWS:,} rows.", where="file", fix="split it")
    if not header:
        raise InvalidInput("holds no table.", where="file", fix="export it again, with its heading")
    return Sheet(header=tuple(header), rows=tuple(rows), dress=f"CSV, {_DELIMITERS[delimiter]}, {encoding}")


def text_of(data: bytes) -> str:
    """Return the text of a file, in whichever encoding a spreadsheet wrote it.

    Raises:
        InvalidInput: It is no text.
    """
    return _decode(data)[0]


def _records(
    lines: _Lines, reader: Iterator[list[str]], delimiter: str
) -> Iterator[tuple[int, list[str], str]]:
    while True:
        line = lines.taken + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], f"cannot be read as CSV: {error}"
            # A quotation mark that is never closed would swallow every good row after it.
            lines.taken = line
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells, ""


def _heading(cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) > MOST_COLUMNS:
        raise InvalidInput(
            f"has more than {MOST_COLUMNS} columns.", where="file, line 1", fix="leave some out"
        )
    return header


class _Lines:
    """The text line by line, counting, so that a row with a fault can be named by its line."""

    def __init__(self, text: str) -> None:
        self._lines = list(io.StringIO(text, newline=""))
        self.taken = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.taken == len(self._lines):
            raise StopIteration
        self.taken += 1
        return self._lines[self.taken - 1]


def _decode(data: bytes) -> tuple[str, str]:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text, said = data.decode(encoding), encoding.removesuffix("-sig").upper()
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise InvalidInput("is damaged.", where="file", fix="export it again") from error
        text, said = _in_a_code_page(data)
    if "\0" in text:
        raise InvalidInput(
            "holds zero bytes; it is not a text file.", where="file", fix="export it as CSV or .xlsx"
        )
    return text, said


def _in_a_code_page(data: bytes) -> tuple[str, str]:
    longest = run = 0
    for byte in data:
        run = run + 1 if byte >= 0xC0 else 0  # noqa: PLR2004 - where code pages have their letters
        longest = max(longest, run)
    if longest < _LETTERS_IN_A_ROW:
        return data.decode("cp1252", "replace"), "Windows-1252"
    cyrillic, greek = (sum(byte in vowels for byte in data) for vowels in (_CYRILLIC, _GREEK))
    page = "1253" if greek > cyrillic else "1251"
    return data.decode(f"cp{page}", "replace"), f"Windows-{page}"


# A, i and o, which make up a third of a text in Cyrillic, and alpha, iota and omicron, small and capital. Read as the
# other alphabet the same bytes are rare letters: theta, xi and an accent that few words have, or be, short i and pe.
_CYRILLIC, _GREEK = b"\xe0\xe8\xee\xc0\xc8\xce", b"\xe1\xe9\xef\xc1\xc9\xcf"


def _delimiter(text: str) -> tuple[str, str]:
    """Take the delimiter that the first line has most of; Excel's own ``sep=`` line decides and goes."""
    first, _, rest = text.partition("\n")
    said = first.strip().lower()
    if said.startswith("sep=") and len(said) == len("sep=;") and said[-1] in _DELIMITERS:
        return rest, said[-1]
    return text, max(_DELIMITERS, key=first.count)
