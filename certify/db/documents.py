"""Documents of prior qualifications, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, insert, select

from certify.db import tables as t
from certify.db.faults import own_errors
from certify.evidence.model import AdmissionDocument, EvidenceKind


class SqlDocuments:
    """Meets the port `Documents`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def hold(self, digest: str) -> None:
        """See `certify.ports.training.Documents`."""
        # SQLite has one writer at a time.
        if self._sql.dialect.name == "postgresql":
            self._sql.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(digest, 1))))

    def add(self, document: AdmissionDocument) -> None:
        """See `certify.ports.training.Documents`."""
        names = ("candidate_id", "digest", "added_by", "name", "size_bytes", "added_at")
        values = {name: getattr(document, name) for name in names} | {"media_type": document.kind.value}
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.admission_document).values(values))

    def find(self, candidate_id: str, digest: str) -> AdmissionDocument | None:
        """See `certify.ports.training.Documents`."""
        found = self._where(_is(candidate_id, digest))
        return found[0] if found else None

    def of_candidate(self, candidate_id: str) -> Sequence[AdmissionDocument]:
        """See `certify.ports.training.Documents`."""
        return self._where(t.admission_document.c.candidate_id == candidate_id)

    def waiting(self, candidate_id: str) -> AdmissionDocument | None:
        """See `certify.ports.training.Documents`."""
        found = [document for document in self.of_candidate(candidate_id) if not document.reviewed]
        return found[-1] if found else None

    def drop(self, candidate_id: str, digest: str) -> bool:
        """See `certify.ports.training.Documents`."""
        table = t.admission_document
        self._sql.execute(delete(table).where(_is(candidate_id, digest)))
        others = select(func.count()).select_from(table).where(table.c.digest == digest)
        return self._sql.execute(others).scalar_one() == 0

    def _where(self, condition: ColumnElement[bool]) -> list[AdmissionDocument]:
        table = t.admission_document
        query = (
            select(table, document_reviewed().label("reviewed")).where(condition).order_by(table.c.position)
        )
        return [_document(row) for row in self._sql.execute(query)]


def _is(candidate_id: str, digest: str) -> ColumnElement[bool]:
    table = t.admission_document.c
    return and_(table.candidate_id == candidate_id, table.digest == digest)


def document_reviewed() -> ColumnElement[bool]:
    """Return whether a review of the same candidate names the document."""
    review, document = t.admission.alias("naming").c, t.admission_document.c
    return exists().where(
        review.candidate_id == document.candidate_id, review.evidence_digest == document.digest
    )


def _document(row: Row[Any]) -> AdmissionDocument:
    return AdmissionDocument(
        candidate_id=row.candidate_id,
        digest=row.digest,
        added_by=row.added_by,
        name=row.name,
        kind=EvidenceKind(row.media_type),
        size_bytes=row.size_bytes,
        added_at=row.added_at,
        reviewed=bool(row.reviewed),
    )
