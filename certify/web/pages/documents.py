"""Documents of prior qualifications: brought by the candidate or for them, opened by who reviews, taken back until then.

The file is handed out to be kept and never opened here; what pages show is a picture drawn in the sandbox.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.errors import CertifyError, InvalidInput
from certify.evidence.documents import bring_document, document_of, document_owner, take_back
from certify.evidence.model import AdmissionDocument
from certify.web.problems import answer_to
from certify.web.scope import framework_for, own_candidate
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("documents", __name__)


@blueprint.get("/candidate/qualification")
def own() -> str:
    """Show what became of one's prior qualification, and take its document."""
    return _own_page()


@blueprint.post("/candidate/qualification")
def bring_own() -> ResponseReturnValue:
    """Keep the document of one's own prior qualification."""
    try:
        with services().database.reading() as unit:
            person = own_candidate(unit, current_user())
        brought(person.id)
    except CertifyError as error:
        return _own_page(error), answer_to(error).problem.status
    return redirect(url_for("documents.own"), 303)


@blueprint.post("/admin/candidates/<candidate_id>/documents")
def bring(candidate_id: str) -> ResponseReturnValue:
    """Keep a document that a candidate brought in person or by mail."""
    from certify.web.pages.admin import candidate_page  # noqa: PLC0415 - each shows the other's errors

    try:
        brought(candidate_id)
    except CertifyError as error:
        return candidate_page(candidate_id, error), answer_to(error).problem.status
    return redirect(url_for("admin.candidate", candidate_id=candidate_id, _anchor="prior"), 303)


@blueprint.post("/documents/<candidate_id>/<document_digest>/withdraw")
def withdraw(candidate_id: str, document_digest: str) -> ResponseReturnValue:
    """Forget a document that waits for its review."""
    given, user = services(), current_user()
    take_back(given.database, given.documents, user, candidate_id, document_digest)
    if user.candidate_id == candidate_id:
        return redirect(url_for("documents.own"), 303)
    return redirect(url_for("admin.candidate", candidate_id=candidate_id, _anchor="prior"), 303)


@blueprint.get("/documents/<candidate_id>/<document_digest>")
def file(candidate_id: str, document_digest: str) -> Response:
    """Hand out a document as a file to keep."""
    found, data = kept(candidate_id, document_digest)
    response = Response(data, content_type=found.kind.value)
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    return response


@blueprint.get("/documents/<candidate_id>/<document_digest>/picture")
def picture(candidate_id: str, document_digest: str) -> Response:
    """Show a document's first page, drawn anew where a file can do no harm."""
    _found, data = kept(candidate_id, document_digest)
    return Response(services().draw(data), content_type="image/jpeg")


def brought(candidate_id: str) -> AdmissionDocument:
    """Keep the file that a form sent."""
    with services().database.reading() as unit:
        document_owner(unit, current_user(), candidate_id)
    upload = request.files.get("file")
    data = upload.read() if upload else b""
    if not data:
        raise InvalidInput("Choose a file first, one that is not empty.", where="file")
    return keep(candidate_id, (upload.filename if upload else None) or "document", data)


def keep(candidate_id: str, name: str, data: bytes) -> AdmissionDocument:
    """Keep a document of a candidate."""
    given = services()
    most_bytes = given.settings.evidence_megabytes * 1_000_000
    return bring_document(
        given.database,
        given.clock,
        given.documents,
        current_user(),
        candidate_id,
        name=name,
        data=data,
        most_bytes=most_bytes,
    )


def kept(candidate_id: str, document_digest: str) -> tuple[AdmissionDocument, bytes]:
    """Return a document that the signed-in person may see, with its bytes."""
    given = services()
    with given.database.reading() as unit:
        found = document_of(unit, current_user(), candidate_id, document_digest)
    return found, given.documents.get(found.digest)


def _own_page(error: CertifyError | None = None) -> str:
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = document_owner(unit, user, own_candidate(unit, user).id)
        admission = unit.candidates.admission(person.id)
        documents = unit.documents.of_candidate(person.id)
        asked = framework_for(unit).admission if unit.frameworks.all() else None
    return render_template(
        "candidate/qualification.html",
        person=person,
        admission=admission,
        documents=list(reversed(documents)),
        waiting=next((item for item in documents if not item.reviewed), None),
        asked=asked,
        most_megabytes=given.settings.evidence_megabytes,
        error=error,
    )
