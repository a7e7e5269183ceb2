"""The shapes of the API's documents. Days are ISO 8601, moments RFC 3339 in UTC, workloads whole minutes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from certify.certification.model import DecisionOutcome
from certify.completions.model import CompletionOutcome
from certify.issuing.credentials import ALGORITHMS
from certify.issuing.model import CertificateState
from certify.people.model import UserRole
from certify.status.model import CertificateStatus, StatusAction, StatusReason
from certify.web.api.parts import (
    ID,
    LINE,
    SOMETIMES,
    BatchLineShape,
    CaseShape,
    CompetenceShape,
    LevelShape,
    ProblemShape,
    RoleShape,
    RuleShape,
    Shape,
    StandingShape,
    UnitShape,
    VersionShape,
    moment,
    one_of,
)

_MAX_BATCH = 5_000
_MOST_ENTRIES = 500


class Paging(Schema):
    """Which part of a list is asked for."""

    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(min=1, max=_MOST_ENTRIES),
        metadata={"description": "How many entries a page has at most."},
    )
    cursor = fields.String(
        load_default="",
        validate=validate.Length(max=2000),
        metadata={"description": "Where the page begins; it comes with the address in ``next``."},
    )


class Page(Shape):
    """A part of a list."""

    next = fields.String(
        allow_none=True, metadata={"description": "Address of the next page; null on the last one."}
    )


class Credentials(Schema):
    """What a person signs in with."""

    email = fields.String(required=True, validate=validate.Length(max=320))
    password = fields.String(required=True, load_only=True)
    code = fields.String(load_default="", load_only=True, validate=validate.Length(max=40))


class UserShape(Shape):
    """Who is signed in."""

    id = fields.String()
    display_name = fields.String()
    roles = fields.List(fields.String(validate=one_of(UserRole)))
    candidate_id = fields.String(allow_none=True)


class SessionShape(Shape):
    """An open session; the token is shown this once."""

    token = fields.String()
    hours = fields.Integer()
    user = fields.Nested(UserShape)


class ModuleShape(Shape):
    """A module version on offer."""

    id = fields.String()
    version = fields.String()
    title = fields.String()
    workload_minutes = fields.Integer()
    valid_from = fields.Date()
    valid_until = fields.Date(allow_none=True)
    addresses = fields.List(fields.Nested(LevelShape))


class FrameworkShape(Shape):
    """A framework version, as far as recording and assessing need it."""

    id = fields.String()
    version = fields.String()
    title = fields.String()
    digest = fields.String()
    illustrative = fields.Boolean()
    roles = fields.List(fields.Nested(RoleShape))
    competences = fields.List(fields.Nested(CompetenceShape))
    modules = fields.List(fields.Nested(ModuleShape))


class FrameworkListShape(Page):
    """Published framework versions, oldest first."""

    frameworks = fields.List(fields.Nested(VersionShape))


class MemberShape(Shape):
    """A candidate in a cohort."""

    candidate_id = fields.String()
    reference = fields.String()
    name = fields.String()
    role_id = fields.String()


class CohortShape(Shape):
    """A cohort; its members only where one cohort is asked for."""

    id = fields.String()
    code = fields.String()
    title = fields.String()
    framework_id = fields.String()
    starts_on = fields.Date()
    members = fields.List(fields.Nested(MemberShape), metadata=SOMETIMES)


class CohortListShape(Page):
    """The cohorts one trains, or all for an administrator."""

    cohorts = fields.List(fields.Nested(CohortShape))


class Completion(Schema):
    """A completed module, as it is sent."""

    framework_id = fields.String(
        load_default="", validate=ID, metadata={"description": "Newest where absent."}
    )
    candidate_id = fields.String(validate=ID, metadata={"description": "Either this"})
    candidate_reference = fields.String(
        validate=ID, metadata={"description": "or the candidate's reference, as your own files have it."}
    )
    module_id = fields.String(required=True, validate=LINE)
    module_version = fields.String(required=True, validate=LINE)
    completed_on = fields.Date(required=True)
    outcome = fields.String(required=True, validate=one_of(CompletionOutcome))
    workload_minutes = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "The module's where absent."},
    )
    evidence_digest = fields.String(load_default=None, allow_none=True, validate=LINE)
    trainer_id = fields.String(
        load_default="", validate=ID, metadata={"description": "Yourself where absent."}
    )

    @validates_schema
    def names_one_candidate(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a completion that names its candidate twice or not at all."""
        if ("candidate_id" in data) == ("candidate_reference" in data):
            raise ValidationError("One of candidate_id and candidate_reference is asked for.", "candidate_id")


class Batch(Schema):
    """Many completions at once; each stands for itself."""

    framework_id = fields.String(load_default="", validate=ID)
    completions = fields.List(
        fields.Nested(Completion), required=True, validate=validate.Length(min=1, max=_MAX_BATCH)
    )


class Correction(Completion):
    """What a record should have said, and why it is corrected."""

    reason = fields.String(required=True, validate=LINE)


class CompletionShape(Shape):
    """A training record."""

    id = fields.String()
    candidate_id = fields.String()
    module_id = fields.String()
    module_version = fields.String()
    completed_on = fields.Date()
    outcome = fields.String(validate=one_of(CompletionOutcome))
    workload_minutes = fields.Integer()
    evidence_digest = fields.String(allow_none=True)
    trainer_id = fields.String()
    recorded_by = fields.String()
    recorded_at = moment()
    supersedes = fields.String(allow_none=True)
    correction_reason = fields.String()
    stands = fields.Boolean(metadata={"description": "False where a later record corrects it."})


class RecordedShape(Shape):
    """The record on file, and whether it was there already."""

    already = fields.Boolean()
    completion = fields.Nested(CompletionShape)


class BatchShape(Shape):
    """What became of each completion, in the order sent."""

    results = fields.List(fields.Nested(BatchLineShape))


class CompletionListShape(Page):
    """All records of a candidate."""

    completions = fields.List(fields.Nested(CompletionShape))


class StandingListShape(Page):
    """Who is eligible, and what the others miss."""

    framework_id = fields.String()
    role_id = fields.String()
    on = fields.Date()
    standings = fields.List(fields.Nested(StandingShape))


class Role(Schema):
    """The role asked about."""

    role = fields.String(required=True, validate=ID)
    framework = fields.String(load_default="", validate=ID)


class Scheme(Schema):
    """The framework asked about; the newest where absent."""

    framework = fields.String(load_default="", validate=ID)


class RolePage(Role, Paging):
    """A part of the answer about a role."""


class SchemePage(Scheme, Paging):
    """A part of the answer about a framework."""


class AssessmentShape(Shape):
    """Every rule's result for one candidate and role."""

    framework_id = fields.String()
    framework_version = fields.String()
    role_id = fields.String()
    candidate_id = fields.String()
    on = fields.Date()
    eligible = fields.Boolean()
    results = fields.List(fields.Nested(RuleShape))
    records = fields.List(fields.Nested(RuleShape))


class ProgrammeShape(Shape):
    """The least training that closes a gap."""

    modules = fields.List(fields.Nested(ModuleShape))
    minutes = fields.Integer()
    unreachable = fields.List(fields.Nested(LevelShape))
    optimal = fields.Boolean()


class QueueShape(Page):
    """Cases that wait for a decision; ``conflict`` says why you may not decide one."""

    cases = fields.List(fields.Nested(CaseShape))


class UnitListShape(Page):
    """Units that a candidate could be certified for; ``applied`` says that one waits on the queue."""

    units = fields.List(fields.Nested(UnitShape))


class Application(Schema):
    """A wish to be certified for a unit, as it is sent."""

    framework_id = fields.String(load_default="", validate=ID)
    role_id = fields.String(
        required=True, validate=ID, metadata={"description": "The unit's id, as ``URB-1@5``."}
    )


class ApplicationShape(Shape):
    """A wish on record."""

    candidate_id = fields.String()
    framework_id = fields.String()
    role_id = fields.String()


class Decision(Schema):
    """A decision, as it is sent."""

    candidate_id = fields.String(required=True, validate=ID)
    framework_id = fields.String(load_default="", validate=ID)
    role_id = fields.String(required=True, validate=ID)
    outcome = fields.String(required=True, validate=one_of(DecisionOutcome))
    reason = fields.String(load_default="", validate=LINE)
    language = fields.String(
        load_default="",
        validate=LINE,
        metadata={
            "description": "Of the certificate, one of the framework's, as `bg`. Absent: English, or the framework's first."
        },
    )
    conflict_of_interest = fields.String(
        load_default="",
        validate=LINE,
        metadata={
            "description": "`none`, or what the conflict is; then nothing is decided. "
            "Absent where it was declared before."
        },
    )


class CertificateShape(Shape):
    """A certificate in the register."""

    id = fields.String()
    number = fields.String()
    candidate_id = fields.String()
    decision_id = fields.String()
    state = fields.String(validate=one_of(CertificateState))
    sha256 = fields.String(allow_none=True)
    verification_url = fields.String()
    status = fields.String(validate=one_of(CertificateStatus))
    award = fields.Dict()


class DecisionShape(Shape):
    """A decision; a granted one with its certificate, or the problem that kept it from being issued."""

    id = fields.String()
    outcome = fields.String(validate=one_of(DecisionOutcome))
    sequence = fields.Integer()
    framework_version = fields.String()
    certificate = fields.Nested(CertificateShape, allow_none=True)
    problem = fields.Nested(ProblemShape, allow_none=True)


class CertificateListShape(Page):
    """A candidate's certificates, oldest first."""

    certificates = fields.List(fields.Nested(CertificateShape))


class StatusEvent(Schema):
    """A step in a certificate's life, as it is sent."""

    action = fields.String(required=True, validate=one_of(StatusAction))
    reason = fields.String(required=True, validate=one_of(StatusReason))
    note = fields.String(load_default="", validate=validate.Length(max=1000))
    superseded_by = fields.String(load_default=None, allow_none=True, validate=ID)


class StatusEventShape(Shape):
    """A step on record. The note stays with those who certify."""

    id = fields.String()
    sequence = fields.Integer()
    action = fields.String(validate=one_of(StatusAction))
    reason = fields.String(validate=one_of(StatusReason))
    acted_at = moment()
    superseded_by = fields.String(allow_none=True)


class StatusEventListShape(Page):
    """A certificate's history."""

    events = fields.List(fields.Nested(StatusEventShape))


class TokenQuery(Schema):
    """Which key's token is asked for."""

    alg = fields.String(load_default=ALGORITHMS[0], validate=validate.OneOf(ALGORITHMS))
