"""Completions from somebody's table: tried first, then recorded whole or by its good rows, and never half.

What a dry run shows is what recording would do: it is the same transaction, rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from certify.clock import Clock
from certify.completions.batch import line_of
from certify.completions.books import ReadBooks, colleagues, known_people
from certify.completions.entered import Batch, BatchLine
from certify.completions.mapping import (
    REASON_COLUMN,
    ColumnMapping,
    PersonBy,
    RecordColumns,
    suggest,
)
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, Recorded, record_or_refuse
from certify.completions.values import is_not_done, parse_hours, parse_outcome
from certify.errors import CertifyError, Conflict, InvalidInput
from certify.framework.model import Framework
from certify.imports import ImportedRow, ImportReport, RowResult
from certify.people.model import Candidate, User
from certify.ports import Database, UnitOfWork
from certify.sheets.days import DayOrder, order_of, read_day
from certify.sheets.model import Sheet, SheetRow
from certify.sheets.read import read_sheet

_TOLD_CHARACTERS = 200
_ROWS_LOOKED_AT = 200


class ImportMode(StrEnum):
    """What is to become of the rows."""

    DRY_RUN = "dry-run"
    GOOD_ROWS = "good-rows"
    ALL_OR_NOTHING = "all-or-nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetImport:
    """What became of a table, or would become of it.

    Attributes:
        lines: One for each record that a row makes, and one for each row that makes none because of a fault.
        skipped: Cells of a wide table that say that a module is not done yet.
        kept: Whether anything was recorded for good.
    """

    lines: tuple[BatchLine, ...]
    skipped: int
    kept: bool

    @property
    def rows(self) -> tuple[ImportedRow, ...]:
        """The lines with nothing but what became of them."""
        return tuple(
            ImportedRow(line=item.line, result=item.result, reason=item.reason) for item in self.lines
        )

    @property
    def report(self) -> ImportReport:
        """The rows as every import reports them."""
        return ImportReport(rows=self.rows)


class _Undone(Exception):
    """No error: it ends a transaction that was only tried, and rolls it back."""


def import_sheet(
    database: Database,
    clock: Clock,
    by: User,
    framework_id: str,
    sheet: Sheet,
    mapping: ColumnMapping,
    mode: ImportMode,
    *,
    batch: Batch | None = None,
    progress: Callable[[int], None] | None = None,
) -> SheetImport:
    """Try or record a table in one transaction.

    Args:
        batch: Under which the lines are kept, in the same transaction. Somebody looked at them then, so that
            completions that were undone are recorded again.

    Raises:
        Conflict: The batch is there already: the table was recorded before.
        InvalidInput: The mapping leaves something open; named.
    """
    if lacking := mapping.missing():
        raise InvalidInput(
            "lacks the column " + ", ".join(lacking) + ".",
            where="file, line 1",
            fix="say which column it is",
        )
    done: list[BatchLine] = []
    skipped = 0
    kept = False
    try:
        with database.writing() as unit:
            if batch is not None and mode is not ImportMode.DRY_RUN and not unit.batches.add(batch):
                raise Conflict("This file was recorded already.", where=batch.id)
            framework = unit.frameworks.latest(framework_id)
            importer = _Importer(unit, clock, by, framework, sheet, mapping, again=batch is not None)
            for count, row in enumerate(sheet.rows, start=1):
                found = list(importer.rows(row))
                done += [item for item in found if item is not None]
                skipped += found.count(None)
                if progress is not None:
                    progress(count)
            refused = any(item.result is RowResult.REFUSED for item in done)
            if mode is ImportMode.DRY_RUN or (refused and mode is ImportMode.ALL_OR_NOTHING):
                raise _Undone  # noqa: TRY301 - the transaction ends here
            importer.post()
            if batch is not None:
                unit.batches.add_lines(batch.id, done)
            kept = True
    except _Undone:
        pass
    return SheetImport(lines=tuple(done), skipped=skipped, kept=kept)


def surest_person(sheet: Sheet, people: Sequence[Candidate], mapping: ColumnMapping) -> ColumnMapping:
    """Return the mapping with the column and the way by which most rows find exactly one person.

    Moodle writes e-mail addresses that a register need not have. What was suggested stays where nothing is surer.
    """
    rows = [row.cells for row in sheet.rows[:_ROWS_LOOKED_AT] if not row.fault]
    best, most = mapping, 0
    free = [
        place for place in range(len(sheet.header)) if place not in mapping.used or place == mapping.person
    ]
    ways = sorted(PersonBy, key=lambda by: by is not mapping.person_by)
    for by in ways:
        known = _by_key(people, by)
        for place in sorted(free, key=lambda place: place != mapping.person):
            found = sum(len(known.get(_folded(cells[place]), ())) == 1 for cells in rows)
            if found > most:
                best, most = replace(mapping, person=place, person_by=by), found
    return best


def read_completions(data: bytes) -> Sheet:
    """Return the table in a file, which has at least one row: nothing to record is more likely a wrong export.

    Raises:
        InvalidInput: The file as a whole cannot be read, or has no row.
    """
    sheet = read_sheet(data)
    if not sheet.rows:
        raise InvalidInput(
            "has a heading, and no row below it.",
            where="file",
            fix="write a row for each completion below the heading, and upload it again",
        )
    return sheet


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
        InvalidInput: The file cannot be read or has no row, a column is missing, or one is not understood.
    """
    sheet = read_completions(data)
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
    return import_sheet(database, clock, by, framework_id, sheet, mapping, mode, progress=progress)


def rejected_rows(
    sheet: Sheet, lines: Iterable[BatchLine], said: Callable[[str], str] = str
) -> list[list[str]]:
    """Return the refused rows under the same heading with a column of reasons, to mend and import again.

    Args:
        said: Says a reason in the reader's language.
    """
    reasons: dict[int, list[str]] = {}
    for item in lines:
        if item.result is RowResult.REFUSED:
            reasons.setdefault(item.line, []).append(said(item.reason))
    header = list(sheet.header)
    if header[-1].casefold() == REASON_COLUMN:
        header.pop()
    rows = [[*header, REASON_COLUMN]]
    for asked in sheet.rows:
        if asked.line in reasons:
            cells = [*asked.cells[: len(header)], *[""] * (len(header) - len(asked.cells))]
            rows.append([*cells, "; ".join(dict.fromkeys(reasons[asked.line]))])
    return rows


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
        *,
        again: bool,
    ) -> None:
        self._again = again
        self._clock = clock
        self._by = by
        self._framework = framework
        self._mapping = mapping
        own = colleagues(unit, by)
        self._people = _by_key(known_people(unit, by), mapping.person_by)
        named = (self._person(row.cells) for row in sheet.rows if not row.fault)
        self._books = ReadBooks(unit, by, (person for person in named if isinstance(person, Candidate)))
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

    def post(self) -> None:
        """Write what the rows recorded."""
        self._books.post()

    def rows(self, row: SheetRow) -> Iterator[BatchLine | None]:
        """Yield what becomes of each record of a row; None for one that is not done yet."""
        if row.fault:
            yield BatchLine(line=row.line, result=RowResult.REFUSED, reason=row.fault)
            return
        told = self._told(row.cells)
        person = self._person(row.cells)
        refused = False
        for columns in self._mapping.records:
            if not self._done(row.cells, columns):
                yield None
            elif isinstance(person, Candidate):
                yield self._line(row, columns, person)
            elif not refused:
                # A row whose person nobody knows is one fault, however many modules it tells of.
                refused = True
                yield BatchLine(line=row.line, result=RowResult.REFUSED, reason=str(person), told=told)

    def _line(self, row: SheetRow, columns: RecordColumns, person: Candidate) -> BatchLine:
        entry = None
        result: Recorded | CertifyError
        try:
            entry = self._entry(row.cells, columns, person.id)
            result = record_or_refuse(
                self._books, self._clock, self._by, self._framework, entry, again=self._again
            )
        except CertifyError as error:
            result = error
        # Whom the register knows it names; a copy of the name would outlive its erasure.
        line = line_of(row.line, "", entry, result)
        if entry is not None:
            return line
        known = columns.fixed_module
        return replace(line, candidate_id=person.id, module_id=known[0] if known else "")

    def _told(self, cells: Sequence[str]) -> str:
        assert self._mapping.person is not None
        return cells[self._mapping.person][:_TOLD_CHARACTERS]

    def _done(self, cells: Sequence[str], columns: RecordColumns) -> bool:
        """Tell whether a module of a wide table is done; a row of a long one is there because it is."""
        if columns.fixed_module is None:
            return True
        if columns.outcome is None:
            return columns.day is None or bool(cells[columns.day])
        # An unknown word is not "not done"; whoever reads the outcome refuses it.
        return not is_not_done(cells[columns.outcome])

    def _entry(self, cells: Sequence[str], columns: RecordColumns, candidate_id: str) -> CompletionEntry:
        outcome = CompletionOutcome.PASSED
        if columns.outcome is not None:
            told = parse_outcome(cells[columns.outcome])
            if told is None:
                raise InvalidInput("says nothing.", where="outcome", fix="passed, failed or withdrawn")
            outcome = told
        module_id, version = self._module(cells, columns)
        return CompletionEntry(
            candidate_id=candidate_id,
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

    def _person(self, cells: Sequence[str]) -> Candidate | InvalidInput:
        """Return who a row is about, or why nobody can be told."""
        assert self._mapping.person is not None
        told = cells[self._mapping.person]
        found = self._people.get(_folded(told), ())
        by = self._mapping.person_by.value
        if not told:
            return InvalidInput("names nobody.", where="candidate")
        if not found:
            return InvalidInput(
                f"nobody has the {by} {told[:60]!r}.", where="candidate", fix="see the candidates' list"
            )
        if self._mapping.person_by is PersonBy.REFERENCE:  # two may differ in capitals alone
            found = tuple(person for person in found if person.reference == told) or found
        if len(found) > 1:
            return InvalidInput(
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
