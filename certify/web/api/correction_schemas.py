"""The shapes of corrections; `certify.web.api.schemas` has the rest."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from certify.web.api.schemas import CertificateShape, Page

LINE = validate.Length(max=400)


class RecordCorrection(Schema):
    """What is wrong with a certificate, as it is sent."""

    reason = fields.String(required=True, validate=LINE)
    evidence = fields.String(load_default="", validate=LINE)
    evidence_digest = fields.String(load_default=None, allow_none=True, validate=LINE)


class NameCorrection(RecordCorrection):
    """The name that should be certified, in its three forms, as it is sent."""

    native = fields.String(required=True, validate=LINE)
    latin = fields.String(required=True, validate=LINE)
    printed = fields.String(
        load_default="", validate=LINE, metadata={"description": "The native form where absent."}
    )
    evidence = fields.String(required=True, validate=LINE)


class Ruling(Schema):
    """What becomes of a request; only who asked withdraws it."""

    outcome = fields.String(required=True, validate=validate.OneOf(["approved", "refused", "withdrawn"]))
    reason = fields.String(load_default="", validate=LINE, metadata={"description": "Needed to refuse."})


class CorrectionShape(Schema):
    """A request for a correction; an approved one with its certificate, or the problem that holds it up."""

    id = fields.String()
    candidate_id = fields.String()
    certificate_id = fields.String(allow_none=True)
    ground = fields.String()
    name = fields.Dict(allow_none=True)
    reason = fields.String()
    evidence = fields.String()
    evidence_digest = fields.String(allow_none=True)
    requested_by = fields.String()
    requested_at = fields.String()
    state = fields.String()
    ruling = fields.String()
    ruled_at = fields.String(allow_none=True)
    certificate = fields.Nested(CertificateShape, allow_none=True)
    problem = fields.Dict(allow_none=True)


class CorrectionListShape(Page):
    """Requests for corrections, oldest first."""

    corrections = fields.List(fields.Nested(CorrectionShape))
