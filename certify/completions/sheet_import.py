"""Completions from somebody's table: tried first, then recorded whole or by its good rows, and never half.

What a dry run shows is what recording would do: it is the same transaction, rolled back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from certify.clock import Clock
from certify.completions.mapping import (
    REASON_COLUMN,
    ColumnMapping,
    PersonBy,
    RecordColumns,
    suggest,
)
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_or_refuse
from certify.completions.values import parse_hours, parse_outcome
from certify.errors import CertifyError, InvalidInput
from certify.framework.model import Framework
from certify.imports import ImportedRow, ImportReport, RowResult
from certify.organisations.service import administered
from certify.people.model import Candidate, User
from certify.ports import Database, UnitOfWork
from certify.sheets.days import DayOrder, order_of, read_day
from certify.sheets.model import Sheet, SheetRow
from certify.sheets.read import read_sheet


class ImportMode(StrEnum):
    """What is to become of the rows."""

    DRY_RUN = "dry-run"
    GOOD_ROWS = "good-rows"
    ALL_OR_NOTHING = "all-or-nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetImport:
    """What became of a table, or would become of it.

    Attributes:
        rows: One for each record that a row makes, and one for each row that makes none because of a fault.
        skipped: Cells of a wide table that say that a module is not done yet.
        kept: Whether anything was recorded for good.
    """

    rows: tuple[ImportedRow, ...]
    skipped: int
    kept: bool

    @property
    def report(self) -> ImportReport:
        """The rows as every import reports them."""
        return ImportReport(rows=self.rows)


class _Undone(Exception):
    """No error: it ends a transaction that was only tried, and rolls it back."""


def import_sheet(  # noqa: PLR0917 - who records what for whom, and how, in that order
    database: Database,
    clock: Clock,
    by: User,
    framework_id: str,
    sheet: Sheet,
    mapping: ColumnMapping,
    mode: ImportMode,
    progress: Callable[[int], None] | None = None,
) -> SheetImport:
    """Try or record a table in one transaction.

    Raises:
        InvalidInput: The mapping leaves something open; named.
    """
    if lacking := mapping.missing():
        raise InvalidInput(
            "lacks the column " + ", ".join(lacking) + ".", where="file, line 1", fix="say which column it is"
        )
    done: list[ImportedRow] = []
    skipped = 0
    kept = False
    try:
        with database.writing() as unit:
            importer = _Importer(unit, clock, by, unit.frameworks.latest(framework_id), sheet, mapping)
            for count, row in enumerate(sheet.rows, start=1):
                found = list(importer.rows(row))
                done += [item for item in found if item is not None]
                skipped += found.count(None)
                if progress is not None:
                    progress(count)
            refused = any(item.result is RowResult.REFUSED for item in done)
            if mode is ImportMode.DRY_RUN or (refused and mode is ImportMode.ALL_OR_NOTHING):
                raise _Undone  # noqa: TRY301 - the transaction ends here
            kept = True
    except _Undone:
        pass
    return SheetImport(rows=tuple(done), skipped=skipped, kept=kept)


def import_completions(
    database: Database,
    clock: Clock,
    by: User,
    framework_id: str,
    data: bytes,
    mode: ImportMode = ImportMode.GOOD_ROWS,
    progress: Callable[[int], None] | None = None,
) -> SheetImport:
    """Record a file whose heading says all by itself.

    Raises:
        InvalidInput: The file cannot be read, a column is missing, or one is not understood.
    """
    sheet = read_sheet(data)
    with database.reading() as unit:
        mapping = suggest(sheet, unit.frameworks.latest(framework_id))
    if len(set(sheet.header)) < len(sheet.header):
        raise InvalidInput("has a column twice.", where="file, line 1")
    unknown = [
        name
        for place, name in enumerate(sheet.header)
        if place not in mapping.used and name.casefold() != REASON_COLUMN
    ]
    if unknown and not mapping.missing():
        listed = ", ".join(repr(name[:40]) for name in unknown[:5])
        raise InvalidInput(
            f"has a column that is not understood: {listed}.",
            where="file, line 1",
            fix="leave it out, or import the file in the browser and say what it means",
        )
    return import_sheet(database, clock, by, framework_id, sheet, mapping, mode, progress)


def rejected_rows(sheet: Sheet, result: SheetImport) -> str:
    """Return the refused rows as CSV with the same heading and a column of reasons, to mend and import again."""
    reasons: dict[int, list[str]] = {}
    for row in result.rows:
        if row.result is RowResult.REFUSED:
            reasons.setdefault(row.line, []).append(row.reason)
    out = io.StringIO()
    writer = csv.writer(out)
    header = list(sheet.header)
    if header[-1].casefold() == REASON_COLUMN:
        header.pop()
    writer.writerow([*header, REASON_COLUMN])
    for asked in sheet.rows:
        if asked.line in reasons:
            cells = [*asked.cells[: len(header)], *[""] * (len(header) - len(asked.cells))]
            writer.writerow([_harmless(cell) for cell in (*cells, "; ".join(reasons[asked.line]))])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a cell as a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


class _Importer:
    """Reads rows by a mapping within one transaction."""

    def __init__(
        self,
        unit: UnitOfWork,
        clock: Clock,
        by: User,
        framework: Framework,
        sheet: Sheet,
        mapping: ColumnMapping,
    ) -> None:
        self._unit = unit
        self._clock = clock
        self._by = by
        self._framework = framework
        self._mapping = mapping
        own = administered(unit, by) | {by.organisation_id}
        self._people = _by_key(
            [person for person in unit.candidates.all() if person.organisation_id in own],
            mapping.person_by,
        )
        self._trainers = {
            user.email.casefold(): user for user in unit.users.all() if user.organisation_id in own
        }
        self._titles = {
            _folded(text): module.id for module in framework.modules for text in module.title.values()
        }
        self._orders = {
            item.day: order_of(row.cells[item.day] for row in sheet.rows if not row.fault)
            for item in mapping.records
            if item.day is not None
        }

    def rows(self, row: SheetRow) -> Iterator[ImportedRow | None]:
        """Yield what becomes of each record of a row; None for one that is not done yet."""
        if row.fault:
            yield ImportedRow(line=row.line, result=RowResult.REFUSED, reason=row.fault)
            return
        for columns in self._mapping.records:
            try:
                entry = self._entry(row.cells, columns)
                if entry is None:
                    yield None
                    continue
                outcome = record_or_refuse(self._unit, self._clock, self._by, self._framework, entry)
            except CertifyError as error:
                outcome = error
            if isinstance(outcome, CertifyError):
                yield ImportedRow(line=row.line, result=RowResult.REFUSED, reason=str(outcome))
            else:
                result = RowResult.ALREADY_RECORDED if outcome.already else RowResult.RECORDED
                yield ImportedRow(line=row.line, result=result)

    def _entry(self, cells: Sequence[str], columns: RecordColumns) -> CompletionEntry | None:
        outcome: CompletionOutcome | None = CompletionOutcome.PASSED
        if columns.outcome is not None:
            outcome = parse_outcome(cells[columns.outcome])
            if outcome is None and columns.fixed_module is not None:
                return None
            if outcome is None:
                raise InvalidInput("says nothing.", where="outcome", fix="passed, failed or withdrawn")
        assert outcome is not None
        module_id, version = self._module(cells, columns)
        return CompletionEntry(
            candidate_id=self._candidate(cells).id,
            module_id=module_id,
            module_version=version,
            completed_on=read_day(
                cells[columns.day] if columns.day is not None else self._mapping.fixed_day,
                DayOrder.DAY_FIRST if columns.day is None else self._orders[columns.day],
            ),
            outcome=outcome,
            workload_minutes=parse_hours(cells[columns.hours]) if columns.hours is not None else None,
            evidence_digest=(cells[columns.evidence] or None) if columns.evidence is not None else None,
            trainer_id=self._trainer(cells).id,
        )

    def _candidate(self, cells: Sequence[str]) -> Candidate:
        assert self._mapping.person is not None
        told = cells[self._mapping.person]
        found = self._people.get(_folded(told), ())
        by = self._mapping.person_by.value
        if not told:
            raise InvalidInput("names nobody.", where="candidate")
        if not found:
            raise InvalidInput(
                f"nobody has the {by} {told[:60]!r}.", where="candidate", fix="see the candidates' list"
            )
        if len(found) > 1:
            raise InvalidInput(
                f"{len(found)} people have the {by} {told[:60]!r}.",
                where="candidate",
                fix="use the reference",
            )
        return found[0]

    def _trainer(self, cells: Sequence[str]) -> User:
        column = self._mapping.trainer
        address = (cells[column] if column is not None else "") or self._mapping.fixed_trainer
        if not address:
            return self._by
        try:
            return self._trainers[address.casefold()]
        except KeyError:
            raise InvalidInput(f"nobody signs in as {address[:60]!r}.", where="trainer") from None

    def _module(self, cells: Sequence[str], columns: RecordColumns) -> tuple[str, str]:
        if columns.fixed_module is not None:
            return columns.fixed_module
        assert columns.module is not None
        told = cells[columns.module]
        module_id = self._titles.get(_folded(told), told)
        if columns.version is not None and cells[columns.version]:
            return module_id, cells[columns.version]
        versions = [module.version for module in self._framework.modules if module.id == module_id]
        if len(versions) != 1:
            hint = "its versions are " + ", ".join(versions) if versions else "see the framework's modules"
            raise InvalidInput(f"{told[:60]!r} does not name one module version.", where="module", fix=hint)
        return module_id, versions[0]


def _by_key(people: Sequence[Candidate], by: PersonBy) -> dict[str, tuple[Candidate, ...]]:
    found: dict[str, tuple[Candidate, ...]] = {}
    for person in people:
        match by:
            case PersonBy.REFERENCE:
                keys = {person.reference}
            case PersonBy.EMAIL:
                keys = {person.email or ""}
            case PersonBy.NAME:
                keys = {person.name.native, person.name.latin, person.name.printed}
        for key in {_folded(key) for key in keys} - {""}:
            found[key] = (*found.get(key, ()), person)
    return found


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
