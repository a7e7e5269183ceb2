"""Tables whose columns have the names that this system gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from certify.errors import InvalidInput
from certify.sheets.read import read_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A row by column name, or ``fault`` where it could not be read as one."""

    line: int
    values: Mapping[str, str]
    fault: str = ""


def read_named(data: bytes, required: tuple[str, ...], optional: tuple[str, ...]) -> Iterator[NamedRow]:
    """Read a table with a heading; a broken row is yielded with its fault and the next one is read on.

    Raises:
        InvalidInput: The file as a whole cannot be read, or a column is missing, unknown or there twice.
    """
    sheet = read_sheet(data)
    header = [name.lower() for name in sheet.header]
    _check(header, required, optional)
    for row in sheet.rows:
        values = dict(zip(header, row.cells, strict=True)) if not row.fault else {}
        yield NamedRow(line=row.line, values=values, fault=row.fault)


def _check(header: list[str], required: tuple[str, ...], optional: tuple[str, ...]) -> None:
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
