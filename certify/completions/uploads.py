"""A file of completions on its way: uploaded, its columns settled, tried row by row, recorded.

Each step is stored before it is answered, so a restart between two of them loses nothing, and one in the middle
of recording leaves all or nothing: whether the batch with the upload's id is there says which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePath

from certify.clock import Clock
from certify.completions.batch import batch_of
from certify.completions.books import known_people
from certify.completions.entered import Batch, BatchLine, Upload
from certify.completions.mapping import ColumnMapping, from_json, layout, suggest, to_json
from certify.completions.sheet_import import (
    ImportMode,
    SheetImport,
    import_sheet,
    read_completions,
    rejected_rows,
    surest_person,
)
from certify.content import ContentFolder
from certify.errors import Conflict, NotFound
from certify.identifiers import new_identifier, parse_identifier
from certify.imports import RowResult
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.ports import Database, UnitOfWork
from certify.sheets.model import Sheet
from certify.sheets.read import read_sheet

KEPT_DAYS = 30
"""How long a file waits for its person; it holds names and results."""

_NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Desk:
    """What every step needs: where things are kept, and who is asking."""

    database: Database
    clock: Clock
    files: ContentFolder
    by: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An upload with its table, and the batch where it was recorded."""

    upload: Upload
    sheet: Sheet
    mapping: ColumnMapping
    batch: Batch | None


def start(desk: Desk, framework_id: str, name: str, data: bytes) -> Upload:
    """Keep a file that can be read as a table; what its columns mean is remembered from the last one like it.

    Raises:
        InvalidInput: The file as a whole cannot be read, or has no row.
        NotFound: There is no such framework.
    """
    require(desk.by, UserRole.TRAINER, UserRole.ADMINISTRATOR)
    sheet = read_completions(data)
    _forget_old(desk)
    with desk.database.writing() as unit:
        framework = unit.frameworks.latest(framework_id)
        # With the digest held: who forgets the last upload of the same file must not take this one's with it.
        unit.uploads.hold(hashlib.sha256(data).hexdigest())
        digest = desk.files.put(data)
        upload = Upload(
            id=new_identifier(),
            uploaded_by=desk.by.id,
            framework_id=framework.id,
            file_name=PurePath(name.replace("\\", "/")).name[-_NAME_CHARACTERS:] or "file",
            file_digest=digest,
            uploaded_at=desk.clock(),
            mapping=_remembered(unit, desk.by, sheet),
        )
        unit.uploads.keep(upload)
    return upload


def open_upload(desk: Desk, upload_id: str) -> Opened:
    """Return an own upload with its table.

    Raises:
        NotFound: There is none, or it is another person's, or its file is gone.
    """
    with desk.database.reading() as unit:
        upload = _own(unit, desk.by, upload_id)
        batch = unit.batches.find(upload.id)
        framework = unit.frameworks.latest(upload.framework_id)
        people = () if upload.mapping else known_people(unit, desk.by)
    sheet = read_sheet(desk.files.get(upload.file_digest))
    told = upload.mapping
    if told:
        mapping = from_json(told, len(sheet.header))
    else:
        mapping = surest_person(sheet, people, suggest(sheet, framework))
    return Opened(upload=upload, sheet=sheet, mapping=mapping, batch=batch)


def settle_columns(desk: Desk, opened: Opened, mapping: ColumnMapping) -> None:
    """Say what the columns mean, remember it for files with the same heading, and try the rows.

    Raises:
        Conflict: The file was recorded already.
        InvalidInput: Something is left open; what was said is remembered all the same.
    """
    _refuse_recorded(opened)
    text = to_json(mapping)
    # A day typed for all rows is this file's own; the next file's must be typed again.
    lasting = to_json(replace(mapping, fixed_day=""))
    with desk.database.writing() as unit:
        unit.drafts.remember_columns(desk.by.id, layout(opened.sheet.header), lasting, desk.clock())
        unit.uploads.keep(replace(opened.upload, mapping=text, trial=None))
    attempt(desk, replace(opened, upload=replace(opened.upload, mapping=text), mapping=mapping))


def attempt(desk: Desk, opened: Opened) -> SheetImport:
    """Try the rows without recording anything, and keep what came of it.

    Raises:
        Conflict: The file was recorded already.
        InvalidInput: The columns leave something open.
    """
    _refuse_recorded(opened)
    return _run(desk, opened, ImportMode.DRY_RUN)


def record(desk: Desk, opened: Opened, mode: ImportMode) -> SheetImport | None:
    """Record the good rows, or all rows or none; None where the file was recorded before: sent twice, it is once.

    Raises:
        InvalidInput: The columns leave something open.
    """
    if opened.batch is not None:
        return None
    try:
        return _run(desk, opened, mode)
    except Conflict:
        with desk.database.reading() as unit:
            if unit.batches.find(opened.upload.id) is None:
                raise
        return None


def discard(desk: Desk, upload_id: str) -> None:
    """Forget an upload and its file; what was recorded from it stays on record."""
    with desk.database.reading() as unit:
        upload = _own(unit, desk.by, upload_id)
    _forget(desk, [upload])


def rejected(desk: Desk, opened: Opened, said: Callable[[str], str] = str) -> list[list[str]]:
    """Return the refused rows with their reasons, as ``said``: of the recording, or else of the trial."""
    lines: Sequence[BatchLine] = opened.upload.trial or ()
    if opened.batch is not None:
        with desk.database.reading() as unit:
            lines = unit.batches.lines(batch_of(unit, desk.by, opened.batch.id).id)
    return rejected_rows(opened.sheet, lines, said)


def count(lines: Sequence[BatchLine]) -> Mapping[RowResult, int]:
    """Count what became of lines, with every result."""
    return {result: sum(line.result is result for line in lines) for result in RowResult}


def _run(desk: Desk, opened: Opened, mode: ImportMode) -> SheetImport:
    upload = opened.upload
    batch = Batch(
        id=upload.id,
        entered_by=desk.by.id,
        cohort_id=None,
        framework_id=upload.framework_id,
        title=upload.file_name,
        content_digest=upload.file_digest,
        entered_at=desk.clock(),
    )
    done = import_sheet(
        desk.database,
        desk.clock,
        desk.by,
        upload.framework_id,
        opened.sheet,
        opened.mapping,
        mode,
        batch=batch,
    )
    if not done.kept:
        lines = tuple(replace(line, completion_id=None) for line in done.lines)
        with desk.database.writing() as unit:
            if unit.uploads.find(upload.id) is not None:
                unit.uploads.keep(replace(upload, trial=lines))
    return done


def _refuse_recorded(opened: Opened) -> None:
    if opened.batch is not None:
        raise Conflict("This file was recorded already.", fix="upload it again to record it once more")


def _remembered(unit: UnitOfWork, by: User, sheet: Sheet) -> str:
    """Return what this layout's columns mean: as one said oneself, or else as a colleague did; empty for neither."""
    heading = layout(sheet.header)
    own = unit.drafts.columns(by.id, heading)
    if own is not None:
        return own
    said = unit.drafts.colleagues_columns(by.id, heading)
    # Whoever imports has trained, unless they say otherwise; the colleague's word was about the colleague.
    return to_json(replace(from_json(said, len(sheet.header)), fixed_trainer="")) if said is not None else ""


def _own(unit: UnitOfWork, by: User, upload_id: str) -> Upload:
    upload = unit.uploads.find(parse_identifier(upload_id))
    if upload is None or upload.uploaded_by != by.id:
        raise NotFound("There is no such file of yours.", where="file")
    return upload


def _forget_old(desk: Desk) -> None:
    """Forget everybody's files that waited too long; whoever uploads one tidies up."""
    with desk.database.reading() as unit:
        old = unit.uploads.before(desk.clock() - timedelta(days=KEPT_DAYS))
    _forget(desk, old)


def _forget(desk: Desk, uploads: Sequence[Upload]) -> None:
    for upload in uploads:
        with desk.database.writing() as unit:
            unit.uploads.hold(upload.file_digest)
            if unit.uploads.drop(upload.id):
                desk.files.drop(upload.file_digest)
