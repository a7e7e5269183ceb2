"""Documents of prior qualifications by API."""

from __future__ import annotations

from flask import Response, request

from certify.clock import iso
from certify.evidence.documents import document_owner, take_back
from certify.evidence.model import AdmissionDocument, EvidenceKind
from certify.web.api import holder_schemas as schemas
from certify.web.api.administration import TABLE, table_sent
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.paging import page_of
from certify.web.api.schemas import Paging
from certify.web.api.shapes import Json
from certify.web.pages.documents import file as document_file
from certify.web.pages.documents import keep
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = ApiBlueprint("api-documents", __name__, description="Documents of prior qualifications.")
_FILE = {"schema": {"type": "string", "format": "binary"}}


@blueprint.on("GET", "/candidates/<candidate_id>/documents")
@blueprint.queried(Paging)
@blueprint.answers(200, schemas.DocumentListShape)
def documents_of(query: Json, candidate_id: str) -> Json:
    """List the documents of a candidate's prior qualification, and whether a review names them."""
    with services().database.reading() as unit:
        person = document_owner(unit, current_user(), candidate_id)
        found = unit.documents.of_candidate(person.id)
    return page_of("documents", found, query, lambda item: (iso(item.added_at), item.digest), _shape)


@blueprint.on("POST", "/candidates/<candidate_id>/documents")
@blueprint.sent_as(
    content={kind.value: _FILE for kind in EvidenceKind}
    | {"multipart/form-data": TABLE["multipart/form-data"]}
)
@blueprint.answers(201, schemas.DocumentShape)
def bring(candidate_id: str) -> Json:
    """Keep a PDF, PNG or JPEG as the document of a prior qualification, in the place of one that waits unreviewed."""
    with services().database.reading() as unit:
        document_owner(unit, current_user(), candidate_id)
    upload = request.files.get("file")
    return _shape(keep(candidate_id, (upload.filename if upload else None) or "document", table_sent()))


@blueprint.on("GET", "/candidates/<candidate_id>/documents/<document_digest>")
@blueprint.hands_out(tuple(EvidenceKind), {"type": "string", "format": "binary"}, "The file as it was kept.")
def file(candidate_id: str, document_digest: str) -> Response:
    """Hand out a document."""
    return document_file(candidate_id, document_digest)


@blueprint.on("DELETE", "/candidates/<candidate_id>/documents/<document_digest>")
@blueprint.answers(204)
def withdraw(candidate_id: str, document_digest: str) -> None:
    """Forget a document that no review names yet."""
    given = services()
    take_back(given.database, given.documents, current_user(), candidate_id, document_digest)


def _shape(document: AdmissionDocument) -> Json:
    return {
        "digest": document.digest,
        "name": document.name,
        "kind": document.kind.value,
        "size_bytes": document.size_bytes,
        "reviewed": document.reviewed,
        "added_at": iso(document.added_at),
    }
