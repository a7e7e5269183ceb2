"""What an import of a file answers: every row with its line, what became of it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
