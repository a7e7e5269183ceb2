"""Keep evidence, and find the evidence of records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certify.clock import Clock
from certify.completions.model import CompletionRecord
from certify.content import ContentFolder
from certify.errors import FileUnreadable
from certify.evidence.model import EvidenceFile, EvidenceKind, clean_file_name, kind_of
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.ports import Database, UnitOfWork


def checked_kind(data: bytes, most_bytes: int) -> EvidenceKind:
    """Return the kind of a file that may be kept, or raise FileUnreadable."""
    if len(data) > most_bytes:
        raise FileUnreadable(
            f"has {len(data):,} bytes; at most {most_bytes:,} are kept.",
            where="evidence",
            fix="scan it at a lower resolution, or split it",
        )
    return kind_of(data)


def keep_evidence(
    database: Database, clock: Clock, folder: ContentFolder, by: User, name: str, data: bytes, most_bytes: int
) -> EvidenceFile:
    """Keep a file; a record names it by its digest.

    Raises:
        FileUnreadable: It is larger than ``most_bytes``, or of no kind that is taken.
        NotPermitted: ``by`` records nothing.
    """
    require(by, UserRole.TRAINER, UserRole.ADMINISTRATOR)
    kind = checked_kind(data, most_bytes)
    file = EvidenceFile(
        digest=folder.put(data),
        added_by=by.id,
        name=clean_file_name(name, kind),
        kind=kind,
        size_bytes=len(data),
        added_at=clock(),
    )
    with database.writing() as unit:
        unit.evidence_files.add(file)
    return file


def evidence_of(unit: UnitOfWork, records: Iterable[CompletionRecord]) -> Mapping[str, EvidenceFile]:
    """Return the kept evidence of records by the records' ids.

    A digest alone opens nothing: the file counts for a record only where the record's own trainer or recorder
    had it. Otherwise whoever types a digest that they saw would see the file.
    """
    found = {}
    for record in records:
        if record.evidence_digest is not None:
            for added_by in (record.recorded_by, record.trainer_id):
                file = unit.evidence_files.find(record.evidence_digest, added_by)
                if file is not None:
                    found[record.id] = file
                    break
    return found
