"""What the API's documents are made of: shapes inside other shapes, and how a shape is described."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, validate

ID = validate.Length(max=64)
LINE = validate.Length(max=400)


def one_of(kind: type[StrEnum]) -> validate.OneOf:
    """One of an enumeration's words."""
    return validate.OneOf([item.value for item in kind])


def moment(**options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own options
    """A moment as RFC 3339 in UTC."""
    return fields.String(metadata={"format": "date-time"}, **options)


SOMETIMES = {"sometimes": True}
"""Metadata of a member that an answer may leave out; every other one is there, though it may be null."""


class Shape(Schema):
    """A document that the API answers with: its members are always there, unless they say SOMETIMES."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Describe the member as one that is always there."""
        del field_name
        field_obj.required = not field_obj.metadata.get("sometimes", False)


class ProblemShape(Shape):
    """An error (RFC 9457). The codes are listed at ``/problems``."""

    type = fields.String(metadata={"description": "Address of what the code means."})
    title = fields.String()
    status = fields.Integer()
    code = fields.String(metadata={"description": "Stable; titles and details may change."})
    correlation_id = fields.String(metadata={"description": "Also the answer's X-Request-Id."})
    detail = fields.String(metadata=SOMETIMES)
    where = fields.String(metadata=SOMETIMES)
    fix = fields.String(metadata=SOMETIMES)
    errors = fields.List(fields.String(), metadata=SOMETIMES)


class LevelShape(Shape):
    """A competence at a level of the European Qualifications Framework."""

    competence_id = fields.String()
    level = fields.Integer(validate=validate.Range(min=1, max=8))


class RoleShape(Shape):
    """A role that people are certified for."""

    id = fields.String()
    title = fields.String()
    requires = fields.List(fields.Nested(LevelShape))


class CompetenceShape(Shape):
    """A competence, and the levels at which it is certified by itself."""

    id = fields.String()
    area_id = fields.String()
    title = fields.String()
    unit_levels = fields.List(fields.Integer())


class VersionShape(Shape):
    """A published version of a framework."""

    id = fields.String()
    version = fields.String()
    published_at = moment()


class ShortfallShape(Shape):
    """A required competence that is not reached."""

    competence_id = fields.String()
    required = fields.Integer()
    reached = fields.Integer(allow_none=True)


class StandingShape(Shape):
    """Whether one candidate is eligible, and what they miss."""

    candidate_id = fields.String()
    eligible = fields.Boolean()
    admitted = fields.Boolean()
    shortfalls = fields.List(fields.Nested(ShortfallShape))


class RuleShape(Shape):
    """A rule's result: met ``by`` records, or not, with a ``code`` and a ``reason``."""

    rule = fields.String()
    subject = fields.String()
    clause = fields.String()
    required_level = fields.Integer(allow_none=True)
    met = fields.Boolean()
    level = fields.Integer(allow_none=True)
    by = fields.List(fields.String(), metadata=SOMETIMES)
    code = fields.String(metadata=SOMETIMES)
    reason = fields.String(metadata=SOMETIMES)


class CaseShape(Shape):
    """A case that waits for a decision; ``conflict`` says why you may not decide it."""

    candidate_id = fields.String()
    reference = fields.String()
    name = fields.String()
    role_id = fields.String()
    cohort = fields.String()
    conflict = fields.String()
    relied_on = fields.List(fields.String())


class UnitShape(Shape):
    """A single competence that a candidate could be certified for."""

    role_id = fields.String()
    competence_id = fields.String()
    level = fields.Integer()
    title = fields.String()
    applied = fields.Boolean()


class BatchLineShape(Shape):
    """What became of one completion of many."""

    result = fields.String(validate=validate.OneOf(["recorded", "already recorded", "refused"]))
    completion_id = fields.String(metadata=SOMETIMES)
    stands = fields.Boolean(metadata=SOMETIMES)
    code = fields.String(metadata=SOMETIMES)
    detail = fields.String(metadata=SOMETIMES)
    where = fields.String(metadata=SOMETIMES)
    fix = fields.String(metadata=SOMETIMES)


class NameShape(Shape):
    """A holder's name in the three forms that a certificate needs."""

    native = fields.String()
    latin = fields.String()
    printed = fields.String()
