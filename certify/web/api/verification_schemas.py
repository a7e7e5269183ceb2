"""The shapes of verifications; `certify.web.api.schemas` has the rest."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from certify.verification.batch import MOST_LINES
from certify.web.api.parts import Shape


class Number(Schema):
    """A certificate number as typed."""

    number = fields.String(required=True, validate=validate.Length(max=100))


class ReportShape(Schema):
    """A verification report: its own JSON Schema describes it (docs/report-schema.md)."""

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:  # noqa: ANN401 - as marshmallow has it
        """Pass the report on as it is."""
        del many
        return obj


class Asked(Schema):
    """Certificates to verify: numbers, identifiers or verification addresses."""

    certificates = fields.List(
        fields.String(validate=validate.Length(max=200)),
        required=True,
        validate=validate.Length(min=1, max=MOST_LINES),
    )


class AnsweredLine(Shape):
    """The answer to one of them."""

    given = fields.String()
    answer = fields.String()
    report = fields.Nested(ReportShape, allow_none=True)


class Answered(Shape):
    """The answers, in the order asked."""

    results = fields.List(fields.Nested(AnsweredLine))
