"""Writes lines for people to open in a spreadsheet, where no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Write CSV (RFC 4180, UTF-8 with the mark by which Excel knows it); an apostrophe disarms a formula."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell for cell in row] for row in rows
    )
    return out.getvalue().encode("utf-8-sig")
