"""Evidence handed out as a file to keep, to those who judge or teach; never shown as a page of this site."""

from __future__ import annotations

from flask import Blueprint, Response

from certify.errors import NotFound
from certify.evidence.service import evidence_of
from certify.web.scope import completion_for
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("evidence", __name__, url_prefix="/evidence")


@blueprint.get("/<completion_id>")
def file(completion_id: str) -> Response:
    """Send the evidence of a record. A class's sheet names the whole class, so candidates do not get it."""
    given = services()
    with given.database.reading() as unit:
        record = completion_for(unit, current_user(), completion_id)
        # Whatever else they are here: of their own record they are the candidate.
        own = current_user().candidate_id == record.candidate_id
        found = None if own else evidence_of(unit, [record]).get(record.id)
    if found is None:
        raise NotFound("No evidence is kept for this record.", where="evidence")
    response = Response(given.evidence.get(found.digest), content_type=found.kind.value)
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    return response
