"""The shapes of people, cohorts, imports and issuing; `certify.web.api.schemas` has the rest."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from certify.completions.sheet_import import ImportMode
from certify.imports import RowResult
from certify.jobs.model import ItemState, JobState
from certify.people.model import UserRole
from certify.settings import LANGUAGES
from certify.web.api.parts import ID, LINE, NameShape, Shape, moment, one_of
from certify.web.api.schemas import CertificateShape, Page, Paging

_EMAIL = validate.Length(max=320)


class NewUser(Schema):
    """Somebody who shall be able to sign in, as they are sent."""

    email = fields.String(required=True, validate=_EMAIL)
    display_name = fields.String(required=True, validate=LINE)
    roles = fields.List(
        fields.String(validate=one_of(UserRole)), required=True, validate=validate.Length(min=1, max=4)
    )
    password = fields.String(
        load_default="",
        load_only=True,
        validate=validate.Length(max=1000),
        metadata={"description": "Without one a letter brings a link by which the person chooses it."},
    )
    candidate_reference = fields.String(
        load_default="", validate=ID, metadata={"description": "For the role of candidate."}
    )


class ChangedUser(Schema):
    """What somebody may do from now on, as it is sent; roles that are not named are taken."""

    display_name = fields.String(required=True, validate=LINE)
    roles = fields.List(
        fields.String(validate=one_of(UserRole)), required=True, validate=validate.Length(min=1, max=4)
    )
    language = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES))


class Active(Schema):
    """Whether a user may sign in, as it is sent."""

    active = fields.Boolean(required=True, truthy={True}, falsy={False})


class AccountShape(Shape):
    """Somebody who can sign in, for those who administer."""

    id = fields.String()
    email = fields.String()
    display_name = fields.String()
    roles = fields.List(fields.String(validate=one_of(UserRole)))
    candidate_id = fields.String(allow_none=True)
    organisation_id = fields.String()
    active = fields.Boolean()


class AccountListShape(Page):
    """Who can sign in, by e-mail address."""

    users = fields.List(fields.Nested(AccountShape))


class NewCandidate(Schema):
    """A person before the decision, as they are sent."""

    reference = fields.String(required=True, validate=ID)
    native = fields.String(required=True, validate=LINE)
    latin = fields.String(required=True, validate=LINE)
    printed = fields.String(
        load_default="", validate=LINE, metadata={"description": "The native form where absent."}
    )
    email = fields.String(load_default=None, allow_none=True, validate=_EMAIL)
    language = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "Of letters; the installation's own where absent."},
    )


class Admission(Schema):
    """The review of a prior qualification, as it is sent."""

    qualification = fields.String(required=True, validate=LINE)
    eqf_level = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=8)
    )
    evidence_digest = fields.String(
        load_default=None,
        allow_none=True,
        validate=LINE,
        metadata={"description": "Of a document that is kept elsewhere."},
    )
    document_digest = fields.String(
        load_default=None,
        allow_none=True,
        validate=LINE,
        metadata={
            "description": "Of the document that was brought here and looked at; refused where it was replaced."
        },
    )
    accepted = fields.Boolean(required=True, truthy={True}, falsy={False})


class AdmissionShape(Shape):
    """A reviewed prior qualification; the latest one counts."""

    id = fields.String()
    qualification = fields.String()
    eqf_level = fields.Integer(allow_none=True)
    evidence_digest = fields.String(allow_none=True)
    accepted = fields.Boolean()
    reviewed_by = fields.String()
    reviewed_at = moment()


class MembershipShape(Shape):
    """A cohort that a candidate belongs to, and the role they seek in it."""

    cohort_id = fields.String()
    role_id = fields.String()


class CandidateShape(Shape):
    """A candidate with the review that counts and their cohorts."""

    id = fields.String()
    reference = fields.String()
    name = fields.Nested(NameShape)
    email = fields.String(allow_none=True)
    registered_at = moment()
    admission = fields.Nested(AdmissionShape, allow_none=True)
    cohorts = fields.List(fields.Nested(MembershipShape))


class CandidateListShape(Page):
    """Candidates, by reference."""

    candidates = fields.List(fields.Nested(CandidateShape))


class NewCohort(Schema):
    """Candidates who will train together, as it is sent."""

    code = fields.String(required=True, validate=ID)
    title = fields.String(required=True, validate=LINE)
    framework_id = fields.String(
        load_default="", validate=ID, metadata={"description": "Newest where absent."}
    )
    starts_on = fields.Date(required=True)
    trainer_ids = fields.List(
        fields.String(validate=ID), required=True, validate=validate.Length(min=1, max=50)
    )


class NewMember(Schema):
    """A candidate for a cohort, as they are sent."""

    candidate_reference = fields.String(required=True, validate=ID)
    role_id = fields.String(required=True, validate=ID)


class ImportQuery(Schema):
    """What is to become of a file's rows."""

    framework = fields.String(load_default="", validate=ID)
    mode = fields.String(
        load_default=ImportMode.DRY_RUN.value,
        validate=one_of(ImportMode),
        metadata={"description": "A dry run, unless you say otherwise, records nothing."},
    )


class RowShape(Shape):
    """What became of a row, or would become of it."""

    line = fields.Integer()
    result = fields.String(validate=one_of(RowResult))
    reason = fields.String()


class ImportShape(Shape):
    """Every row of the file, and whether anything was recorded for good."""

    kept = fields.Boolean()
    recorded = fields.Integer()
    already = fields.Integer()
    refused = fields.Integer()
    rows = fields.List(fields.Nested(RowShape))


class Decisions(Schema):
    """Whose certificates to issue: of all that were granted and wait, where none is named."""

    decision_ids = fields.List(
        fields.String(validate=ID), load_default=list, validate=validate.Length(max=5_000)
    )


class JobItemShape(Shape):
    """One certificate of a job; ``code`` and ``fix`` say why it failed and what to do."""

    decision_id = fields.String()
    state = fields.String(validate=one_of(ItemState))
    code = fields.String()
    message = fields.String()
    fix = fields.String()


class JobShape(Shape):
    """Certificates being issued in the background."""

    id = fields.String()
    state = fields.String(validate=one_of(JobState))
    requested_at = moment()
    finished_at = moment(allow_none=True)
    done = fields.Integer()
    failed = fields.Integer()
    waiting = fields.Integer()
    items = fields.List(fields.Nested(JobItemShape))


class Declaration(Schema):
    """What a certifier says of their own interest in a candidate, as it is sent."""

    conflict = fields.String(
        load_default="", validate=LINE, metadata={"description": "What it is; empty where there is none."}
    )


class DeclarationShape(Shape):
    """A declaration on record."""

    candidate_id = fields.String()
    conflict = fields.String()
    declared_at = moment()


class Public(Schema):
    """Whether anybody may have the signed credential, as it is sent."""

    public = fields.Boolean(required=True, truthy={True}, falsy={False})


class PublicShape(Shape):
    """Whether anybody may have the signed credential."""

    public = fields.Boolean()


class RegisterShape(Page):
    """Certificates under one's own schemes, oldest first."""

    certificates = fields.List(fields.Nested(CertificateShape))


class SearchPage(Paging):
    """A part of a list that may be narrowed down."""

    reference = fields.String(
        load_default="", validate=ID, metadata={"description": "Only the one with this reference."}
    )
