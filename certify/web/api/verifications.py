"""Verify by API, without an account."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from certify.errors import FileUnreadable, NotFound
from certify.identifiers import parse_certificate_number
from certify.verification.batch import answer_lines
from certify.verification.document import report_json
from certify.verification.service import answer_json
from certify.web.api import verification_schemas as schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.shapes import Json
from certify.web.pages.public import report_on, uploaded
from certify.web.state import services

blueprint = ApiBlueprint(
    "api-verifications", __name__, description="Verify a certificate. No account is needed."
)
_FILES = {
    "application/pdf",
    "application/octet-stream",
    "application/vc",
    "application/vc+jwt",
    "application/vc+ld+json",
}


@blueprint.on("GET", "/verifications/<certificate_id>", public=True)
@blueprint.answers(200, schemas.ReportShape)
def by_id(certificate_id: str) -> Json:
    """Verify a registered certificate by its identifier."""
    return _found(certificate_id)


@blueprint.on("POST", "/verifications/by-number", public=True)
@blueprint.takes(schemas.Number)
@blueprint.answers(200, schemas.ReportShape)
def by_number(sent: Json) -> Json:
    """Verify a registered certificate by the number printed on it."""
    entry = services().register.by_number(parse_certificate_number(sent["number"]))
    if entry is None:
        raise NotFound("The register holds no certificate with this number.")
    return _found(entry.award.certificate_id)


@blueprint.on("POST", "/verifications", public=True)
@blueprint.sent_as(
    content={
        "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        "application/vc": {"schema": {"type": "object"}},
        "application/vc+jwt": {"schema": {"type": "string"}},
        "image/*": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
    }
)
@blueprint.answers(200, schemas.ReportShape)
def by_file() -> Json:
    """Verify a file: a PDF or a credential as the body, or as the field ``file`` of a multipart form.

    A file that is no certificate as issued is held against the record it names: ``inspection`` lists each
    difference, and ``record`` is the report on that record, which proves nothing about the file. A picture
    is read for its code.
    """
    if request.mimetype == "multipart/form-data":
        data = uploaded()
    elif request.mimetype in _FILES or request.mimetype.startswith("image/"):
        data = request.get_data()
        if request.content_length is None and len(data) >= (request.max_content_length or 0):
            raise RequestEntityTooLarge  # sent in chunks without a length, and cut off there
    else:
        raise UnsupportedMediaType
    if not data:
        raise FileUnreadable("No file was sent.", fix="send it as the body, or as the form field 'file'")
    return answer_json(services().file_verifier.answer(data))


@blueprint.on("POST", "/verifications/batch", public=True)
@blueprint.takes(schemas.Asked)
@blueprint.answers(200, schemas.Answered)
def many(sent: Json) -> Json:
    """Verify up to 500 certificates by number, identifier or address; each is answered for itself.

    ``answer`` is a stable word; ``unknown`` where the register holds no such certificate.
    """
    given = services()
    lines = answer_lines(dict.fromkeys(sent["certificates"]), given.verifier, given.register)
    return {
        "results": [
            {"given": line.given, "answer": line.code, "report": line.report and report_json(line.report)}
            for line in lines
        ]
    }


def _found(certificate_id: str) -> Json:
    report = report_on(certificate_id)
    if report is None:
        raise NotFound("The register holds no certificate with this identifier.")
    return report_json(report)
