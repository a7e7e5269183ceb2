"""What an import of a file answers: every row with its line, what became of it, and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from certify.errors import InvalidInput

MAX_FILE_BYTES = 20_000_000
MAX_FIELD_CHARACTERS = 2_000


class RowResult(StrEnum):
    """What became of a row."""

    RECORDED = "recorded"
    ALREADY_RECORDED = "already recorded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """One row of the file; ``line`` counts from 1 and is where the row begins."""

    line: int
    result: RowResult
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Every row of the file, in its order."""

    rows: tuple[ImportedRow, ...]

    def count(self, result: RowResult) -> int:
        """Return how many rows ended so."""
        return sum(row.result is result for row in self.rows)

    @property
    def recorded(self) -> int:
        """Rows newly recorded."""
        return self.count(RowResult.RECORDED)

    @property
    def already(self) -> int:
        """Rows that were on record before."""
        return self.count(RowResult.ALREADY_RECORDED)

    @property
    def refused(self) -> int:
        """Rows refused, each with its reason."""
        return self.count(RowResult.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRow:
    """A row by column name, or ``fault`` where it could not be read as one."""

    line: int
    values: Mapping[str, str]
    fault: str = ""


def read_csv(data: bytes, required: tuple[str, ...], optional: tuple[str, ...]) -> Iterator[CsvRow]:
    """Read a CSV file with a header (RFC 4180; comma or semicolon; UTF-8 with or without a mark).

    A row that is broken is yielded with its fault and the next one is read on.

    Raises:
        InvalidInput: The file as a whole cannot be read: too large, not UTF-8, no header, or a column
            that is missing, unknown or there twice.
    """
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(
            f"has {len(data):,} bytes; at most {MAX_FILE_BYTES:,} are read at once.",
            where="file",
            fix="split it",
        )
    text = _decode(data)
    first_line = text.split("\n", 1)[0]
    delimiter = ";" if first_line.count(";") > first_line.count(",") else ","
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header = _header(reader, required, optional)
    while True:
        line = lines.taken + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield CsvRow(line=line, values={}, fault=f"cannot be read as CSV: {error}")
            # A quotation mark that is never closed would swallow every good row after it.
            lines.taken = line
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if any(cell.strip() for cell in cells):
            yield _row(line, header, cells)


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


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            f"is not UTF-8: byte 0x{data[error.start]:02X} cannot be read.",
            where=f"file, line {line}",
            fix='save it as "CSV UTF-8" and import it again; nothing was recorded',
        ) from error
    if "\x00" in text:
        raise InvalidInput(
            "holds zero bytes; it is not a text file.", where="file", fix="export it as CSV UTF-8"
        )
    return text


def _header(reader: Iterator[list[str]], required: tuple[str, ...], optional: tuple[str, ...]) -> list[str]:
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
    except csv.Error as error:
        raise InvalidInput(f"has a header that cannot be read: {error}.", where="file, line 1") from error
    known = required + optional
    wanted = "the columns are " + ",".join(known)
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in known]
    if missing:
        raise InvalidInput("lacks the column " + ", ".join(missing) + ".", where="file, line 1", fix=wanted)
    if unknown:
        listed = ", ".join(repr(name[:40]) for name in unknown[:5])
        raise InvalidInput(f"has an unknown column: {listed}.", where="file, line 1", fix=wanted)
    if len(set(header)) < len(header):
        raise InvalidInput("has a column twice.", where="file, line 1", fix=wanted)
    return header


def _row(line: int, header: list[str], cells: list[str]) -> CsvRow:
    fault = ""
    if len(cells) != len(header):
        fault = f"has {len(cells)} fields where the header has {len(header)}"
    for name, cell in zip(header, cells, strict=False):
        if len(cell) > MAX_FIELD_CHARACTERS:
            fault = f"{name} has {len(cell):,} characters; at most {MAX_FIELD_CHARACTERS:,} are read"
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    return CsvRow(line=line, values={} if fault else values, fault=fault)
