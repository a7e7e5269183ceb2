"""The shapes of organisations, of schemes that are published, and of letters."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from certify.mail.model import LetterKind, LetterState
from certify.web.api.parts import ID, LINE, Shape, moment, one_of
from certify.web.api.schemas import Page, Paging


class Particulars(Schema):
    """An organisation, as it is sent."""

    name = fields.String(required=True, validate=LINE)
    country = fields.String(
        load_default="", validate=ID, metadata={"description": "Two capital letters, ISO 3166-1."}
    )
    help_contact = fields.String(
        load_default="",
        validate=LINE,
        metadata={"description": "Who helps its people: an e-mail address, or words."},
    )


class OrganisationShape(Shape):
    """An organisation, for those who administer it."""

    id = fields.String()
    name = fields.String()
    country = fields.String()
    help_contact = fields.String()
    operator = fields.Boolean(metadata={"description": "Whether it runs this installation."})


class OrganisationListShape(Page):
    """The organisations that one administers."""

    organisations = fields.List(fields.Nested(OrganisationShape))


class UnreachedShape(Shape):
    """A requirement that no module reaches."""

    role_id = fields.String()
    competence_id = fields.String()
    level = fields.Integer()
    best = fields.Integer(allow_none=True)


class SchemeShape(Shape):
    """What a scheme's file says, as far as one looks at it before it is published."""

    id = fields.String()
    version = fields.String()
    title = fields.String()
    digest = fields.String()
    illustrative = fields.Boolean()
    unreached = fields.List(fields.Nested(UnreachedShape))


class Body(Schema):
    """Who certifies under a scheme, as it is sent."""

    organisation_id = fields.String(required=True, validate=ID)


class LettersPage(Paging):
    """Which letters."""

    state = fields.String(
        load_default="",
        validate=validate.OneOf(["", *(state.value for state in LetterState)]),
        metadata={"description": "All of them where absent."},
    )


class LetterShape(Shape):
    """A letter and what became of it; nothing of what it says."""

    id = fields.String()
    kind = fields.String(validate=one_of(LetterKind))
    to = fields.String()
    state = fields.String(validate=one_of(LetterState))
    attempts = fields.Integer()
    error = fields.String()
    queued_at = moment()
    settled_at = moment(allow_none=True)


class LetterListShape(Page):
    """The last five hundred letters, the oldest first."""

    letters = fields.List(fields.Nested(LetterShape))


class EndingPage(Paging):
    """Whose certificates end soon."""

    days = fields.Integer(load_default=60, validate=validate.Range(min=1, max=400))


class Reminders(Schema):
    """Whom to remind, as it is sent."""

    days = fields.Integer(load_default=60, strict=True, validate=validate.Range(min=1, max=400))
    certificate_ids = fields.List(
        fields.String(validate=ID), required=True, validate=validate.Length(min=1, max=5000)
    )


class ReminderShape(Shape):
    """A certificate that ends soon, and whether its holder would get a letter."""

    certificate_id = fields.String()
    number = fields.String()
    candidate_id = fields.String()
    valid_until = fields.Date()
    hindrance = fields.String(
        validate=validate.OneOf(["", "no-address", "stopped"]),
        metadata={"description": "Why no letter can go; empty where one can."},
    )
    reminded_at = moment(allow_none=True)


class ReminderListShape(Page):
    """The certificates in force that end within so many days."""

    reminders = fields.List(fields.Nested(ReminderShape))


class QueuedShape(Shape):
    """How many letters were queued."""

    queued = fields.Integer()
