"""The shapes of holders' addresses, of evidence and of the audit trail."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from certify.audit.model import AuditAction, SubjectKind
from certify.evidence.model import EvidenceKind
from certify.sharing.model import NameForm, SharedFact
from certify.web.api.parts import ID, LINE, Shape, moment, one_of
from certify.web.api.schemas import Page, Paging


class NewShare(Schema):
    """What an address shall show, as it is sent."""

    certificate_ids = fields.List(
        fields.String(validate=ID), required=True, validate=validate.Length(min=1, max=100)
    )
    name_form = fields.String(load_default=NameForm.NONE.value, validate=one_of(NameForm))
    facts = fields.List(
        fields.String(validate=one_of(SharedFact)), load_default=list, validate=validate.Length(max=10)
    )
    days = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "After how many days it ends; never where absent."},
    )


class ShareShape(Shape):
    """What an address shows."""

    id = fields.String()
    address = fields.String()
    certificate_ids = fields.List(fields.String())
    name_form = fields.String(validate=one_of(NameForm))
    facts = fields.List(fields.String(validate=one_of(SharedFact)))
    made_at = moment()
    expires_at = moment(allow_none=True)


class ShareListShape(Page):
    """One's addresses."""

    shares = fields.List(fields.Nested(ShareShape))


class EvidenceShape(Shape):
    """A file that is kept; a completion names it by ``digest`` as its ``evidence_digest``."""

    digest = fields.String()
    name = fields.String()
    kind = fields.String(validate=one_of(EvidenceKind))
    size_bytes = fields.Integer()


class DocumentShape(EvidenceShape):
    """The document of a prior qualification."""

    reviewed = fields.Boolean(metadata={"description": "A review names it; until then it may be replaced."})
    added_at = moment()


class DocumentListShape(Page):
    """A candidate's documents, the oldest first."""

    documents = fields.List(fields.Nested(DocumentShape))


class Reason(Schema):
    """Why something is undone, as it is sent."""

    reason = fields.String(required=True, validate=LINE)


class TrailPage(Paging):
    """A part of the audit trail."""

    action = fields.String(load_default=None, validate=one_of(AuditAction))
    about = fields.String(
        load_default="",
        validate=ID,
        metadata={"description": "Identifier of an actor, subject or candidate."},
    )
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None, metadata={"description": "The last day."})


class AuditEntryShape(Shape):
    """Who did what, when and to what."""

    id = fields.String()
    at = moment()
    actor_id = fields.String(allow_none=True)
    action = fields.String(validate=one_of(AuditAction))
    subject_kind = fields.String(validate=one_of(SubjectKind))
    subject_id = fields.String()
    candidate_id = fields.String(allow_none=True)
    detail = fields.String()


class TrailShape(Page):
    """Entries of the trail, the newest first."""

    entries = fields.List(fields.Nested(AuditEntryShape))
