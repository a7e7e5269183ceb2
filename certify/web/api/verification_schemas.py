"""The shapes of verifications; `certify.web.api.schemas` has the rest."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from certify.verification.batch import MOST_LINES


class Number(Schema):
    """A certificate number as typed."""

    number = fields.String(required=True, validate=validate.Length(max=100))


class ReportShape(Schema):
    """A verification report, the same as the page and ``certify verify --json`` show."""

    subject = fields.String()
    verdict = fields.String()
    answer = fields.String()
    checks = fields.List(fields.Dict())
    signature = fields.Dict(allow_none=True)
    status = fields.Dict(allow_none=True)
    renamed = fields.Boolean()
    award = fields.Dict(allow_none=True)
    inspection = fields.Dict()
    record = fields.Dict(allow_none=True)


class Asked(Schema):
    """Certificates to verify: numbers, identifiers or verification addresses."""

    certificates = fields.List(
        fields.String(validate=validate.Length(max=200)),
        required=True,
        validate=validate.Length(min=1, max=MOST_LINES),
    )


class AnsweredLine(Schema):
    """The answer to one of them."""

    given = fields.String()
    answer = fields.String()
    report = fields.Nested(ReportShape, allow_none=True)


class Answered(Schema):
    """The answers, in the order asked."""

    results = fields.List(fields.Nested(AnsweredLine))
