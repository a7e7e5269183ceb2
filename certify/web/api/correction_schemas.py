"""The shapes of corrections; `certify.web.api.schemas` has the rest."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from certify.corrections.model import CorrectionGround, CorrectionState
from certify.web.api.parts import LINE, NameShape, ProblemShape, Shape, moment, one_of
from certify.web.api.schemas import CertificateShape, Page


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
    conflict_of_interest = fields.String(
        load_default="",
        validate=LINE,
        metadata={"description": "`none`, or what the conflict is; absent where it was declared before."},
    )


class CorrectionShape(Shape):
    """A request for a correction; an approved one with its certificate, or the problem that holds it up."""

    id = fields.String()
    candidate_id = fields.String()
    certificate_id = fields.String(allow_none=True)
    ground = fields.String(validate=one_of(CorrectionGround))
    name = fields.Nested(NameShape, allow_none=True)
    reason = fields.String()
    evidence = fields.String()
    evidence_digest = fields.String(allow_none=True)
    requested_by = fields.String()
    requested_at = moment()
    state = fields.String(validate=one_of(CorrectionState))
    ruling = fields.String()
    ruled_at = moment(allow_none=True)
    certificate = fields.Nested(CertificateShape, allow_none=True)
    problem = fields.Nested(ProblemShape, allow_none=True)


class CorrectionListShape(Page):
    """Requests for corrections, oldest first."""

    corrections = fields.List(fields.Nested(CorrectionShape))
