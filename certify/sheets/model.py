"""A table as it was read: texts only, each row with the line it begins on."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ROWS = 20_000
MOST_COLUMNS = 400
MOST_CELL_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row under the heading; as many cells as the heading has, or ``fault`` where it could not be read so."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table with its heading. Cells have no spaces around them; days from a workbook are ISO 8601.

    Attributes:
        dress: How the file was read, for a person to confirm: ``CSV, semicolons, Windows-1251``.
    """

    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    dress: str


def fitted(line: int, cells: list[str], width: int, *, may_be_short: bool) -> SheetRow:
    """Return a row of ``width`` cells, or one with its fault; in a workbook the empty cells at its end are not there."""
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) > width or (not may_be_short and len(cells) < width):
        return SheetRow(line=line, cells=(), fault=f"has {len(cells)} fields where the heading has {width}")
    for position, cell in enumerate(cells, start=1):
        if len(cell) > MOST_CELL_CHARACTERS:
            told = f"field {position} has {len(cell):,} characters; at most {MOST_CELL_CHARACTERS:,} are read"
            return SheetRow(line=line, cells=(), fault=told)
    filled = [*cells, *[""] * (width - len(cells))]
    return SheetRow(line=line, cells=tuple(bare(cell.strip()) for cell in filled))


FORMULA_BEGINS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # noqa: RUF001 - as wide letters, too
"""What makes a spreadsheet take a cell as a formula (OWASP, CSV injection)."""


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes as a formula: an apostrophe says that a text follows."""
    return f"'{cell}" if cell.startswith(FORMULA_BEGINS) else cell


def bare(cell: str) -> str:
    """Return a cell without the apostrophe that `harmless` put before it, so that a mended file reads as before."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_BEGINS) else cell
