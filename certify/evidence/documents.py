"""Documents of prior qualifications: brought by the candidate or for them, looked at by who reviews, replaced until then.

    bring      kept by its content; what waits unreviewed is replaced
    review     `certify.people.service.review_admission` names the digest of what was looked at
    take back  only what no review names; what one names stays as long as the account

The record names the digest, whether the document is kept here or elsewhere.
"""

from __future__ import annotations

import hashlib

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.content import ContentFolder
from certify.errors import Conflict, NotFound
from certify.evidence.model import AdmissionDocument, clean_file_name
from certify.evidence.service import checked_kind
from certify.organisations.service import administers, certifier_sees
from certify.people.model import Candidate, User, UserRole
from certify.ports import Database, UnitOfWork


def document_owner(unit: UnitOfWork, by: User, candidate_id: str) -> Candidate:
    """Return a candidate whose documents ``by`` may see: oneself, of an administered organisation, or before oneself.

    A trainer is none of these: a diploma is not about training.

    Raises:
        NotFound: There is no such candidate for ``by``.
    """
    candidate = unit.candidates.get(candidate_id)
    if (
        (UserRole.CANDIDATE in by.roles and by.candidate_id == candidate.id)
        or administers(unit, by, candidate.organisation_id)
        or certifier_sees(unit, by, candidate)
    ):
        return candidate
    raise NotFound("There is no such candidate.")


def bring_document(
    database: Database,
    clock: Clock,
    folder: ContentFolder,
    by: User,
    candidate_id: str,
    *,
    name: str,
    data: bytes,
    most_bytes: int,
) -> AdmissionDocument:
    """Keep the document of a candidate's prior qualification, in the place of one that waits for its review.

    Raises:
        FileUnreadable: It is larger than ``most_bytes``, or of no kind that is taken.
        NotFound: ``by`` may not see this candidate's documents.
        Conflict: This very document was reviewed before, or the person closed their account.
    """
    kind = checked_kind(data, most_bytes)
    digest = hashlib.sha256(data).hexdigest()
    with database.writing() as unit:
        person = document_owner(unit, by, candidate_id)
        unit.holders.hold(person.id)
        if unit.holders.closure(person.id) is not None:
            raise Conflict("This person closed their account.", fix="leave the case")
        waiting = unit.documents.waiting(person.id)
        if waiting is not None and waiting.digest == digest:
            return waiting
        if unit.documents.find(person.id, digest) is not None:
            raise Conflict(
                "This document was reviewed already.", fix="bring another one, or ask who reviewed it"
            )
        unit.documents.hold(digest)
        folder.put(data)
        document = AdmissionDocument(
            candidate_id=person.id,
            digest=digest,
            added_by=by.id,
            name=clean_file_name(name, kind),
            kind=kind,
            size_bytes=len(data),
            added_at=clock(),
        )
        if waiting is not None:
            _forget(unit, folder, waiting)
        unit.documents.add(document)
        unit.trail.put(
            by.id,
            AuditAction.DOCUMENT_BROUGHT,
            SubjectKind.CANDIDATE,
            person.id,
            "instead of another" if waiting else "",
            person.id,
        )
    return document


def take_back(database: Database, folder: ContentFolder, by: User, candidate_id: str, digest: str) -> None:
    """Forget a document that waits for its review.

    Raises:
        NotFound: There is no such document for ``by``.
        Conflict: A review names it.
    """
    with database.writing() as unit:
        person = document_owner(unit, by, candidate_id)
        unit.holders.hold(person.id)
        document = document_of(unit, by, person.id, digest)
        if document.reviewed:
            raise Conflict("A review names this document, so it stays.", fix="bring another one")
        _forget(unit, folder, document)
        unit.trail.put(
            by.id, AuditAction.DOCUMENT_TAKEN_BACK, SubjectKind.CANDIDATE, person.id, "", person.id
        )


def document_of(unit: UnitOfWork, by: User, candidate_id: str, digest: str) -> AdmissionDocument:
    """Return a document that ``by`` may see, or raise NotFound; to know a digest is not to have the file."""
    person = document_owner(unit, by, candidate_id)
    document = unit.documents.find(person.id, digest)
    if document is None:
        raise NotFound("There is no such document.", where="document")
    return document


def forget_documents(unit: UnitOfWork, folder: ContentFolder, candidate_id: str) -> None:
    """Forget all documents of a candidate whose account ends; reviews keep the digests."""
    for document in unit.documents.of_candidate(candidate_id):
        _forget(unit, folder, document)


def _forget(unit: UnitOfWork, folder: ContentFolder, document: AdmissionDocument) -> None:
    # With the digest held: who brings the same file for somebody else must not lose it.
    unit.documents.hold(document.digest)
    if unit.documents.drop(document.candidate_id, document.digest):
        folder.drop(document.digest)
