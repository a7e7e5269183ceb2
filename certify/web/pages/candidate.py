"""A candidate's own page: what they have, what the role they chose still asks, and their certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.archiving.service import rendition
from certify.certification.service import apply_for
from certify.completions.model import CompletionRecord, current
from certify.credential.jwt import EDDSA
from certify.eligibility.model import Assessment, Met, RuleResult
from certify.eligibility.programme import Programme, closes
from certify.eligibility.service import assess, known_role, plan_programme, units_within_reach
from certify.errors import InvalidInput, NotFound
from certify.framework.model import CompetenceLevel, Framework, ModuleVersion
from certify.issuing.credentials import credential_json
from certify.issuing.model import CertificateRow
from certify.people.model import Candidate
from certify.ports import UnitOfWork
from certify.publicity.service import is_public, set_public
from certify.status.model import CertificateStatus, StandingStatus
from certify.status.service import standing
from certify.web.pages import fields
from certify.web.scope import certificate_for, framework_for, own_candidate
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("candidate", __name__)
ENDS_SOON = timedelta(days=90)
LINKEDIN = "https://www.linkedin.com/profile/add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A certificate with what stands, and how it is shared.

    Attributes:
        expired: Its last day is over.
        ends_soon: Its last day is near.
        linkedin: The address that offers it to the holder's profile there; empty while it is not issued.
    """

    row: CertificateRow
    stands: StandingStatus
    public: bool
    expired: bool
    ends_soon: bool
    linkedin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A requirement of the chosen role: the level reached, and the module that would close the gap."""

    result: RuleResult
    met: bool
    level: int | None
    module: ModuleVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way to the chosen role.

    Attributes:
        trained_minutes: Of the records that the role relies on.
    """

    assessment: Assessment
    programme: Programme
    steps: Sequence[Step]
    trained_minutes: int


@blueprint.get("/candidate")
def overview() -> str:
    """Show one's certificates, the way to the chosen role, and one's records."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = own_candidate(unit, user)
        framework = _own_framework(unit, person)
        records = current(tuple(unit.completions.of_candidate(person.id)))
        issued = [(row, standing(unit, row.id)) for row in unit.certificates.of_candidate(person.id)]
        public = {row.id for row, _stands in issued if is_public(unit, row.id)}
        units = units_within_reach(unit, person.id, framework, today())
        applied = _applied(unit, person.id, framework)
        role_id = _chosen(unit, person, framework)
        sought = _sought(unit, person)
        shares = len(unit.shares.of_candidate(person.id))
    way = _way(person, framework, role_id, records) if role_id else None
    return render_template(
        "candidate/overview.html",
        person=person,
        framework=framework,
        records=records,
        counts={result.subject: result for result in way.assessment.records} if way else {},
        held=[_held(row, stands, public=row.id in public) for row, stands in reversed(issued)],
        sought=sought,
        way=way,
        role_id=role_id,
        units=units,
        applied=applied,
        certified=_certified(issued, framework),
        shares=shares,
    )


@blueprint.post("/candidate/role")
def choose_role() -> ResponseReturnValue:
    """Choose the role whose way is shown."""
    given = services()
    with given.database.writing() as unit:
        person = own_candidate(unit, current_user())
        role_id = fields.text("role")
        if role_id not in _own_framework(unit, person).role:
            raise InvalidInput("Choose one of the values on offer.", where="Role")
        unit.holders.choose_role(person.id, role_id)
    return redirect(url_for("candidate.overview", _anchor="way"), 303)


@blueprint.get("/candidate/roles/<role_id>")
def role(role_id: str) -> str:
    """Show the gap for one role or unit and the least training that closes it."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = own_candidate(unit, user)
        framework = _own_framework(unit, person)
        records = current(tuple(unit.completions.of_candidate(person.id)))
        issued = [(row, standing(unit, row.id)) for row in unit.certificates.of_candidate(person.id)]
        certified = role_id in _certified(issued, framework)
        applied = role_id in _applied(unit, person.id, framework)
    return render_template(
        "candidate/role.html",
        person=person,
        framework=framework,
        role=framework.certifiable[known_role(framework, role_id)],
        way=_way(person, framework, role_id, records),
        certified=certified,
        applied=applied,
    )


@blueprint.post("/candidate/units/<unit_id>")
def apply(unit_id: str) -> ResponseReturnValue:
    """Ask to be certified for one competence at one level."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = own_candidate(unit, user)
        framework = _own_framework(unit, person)
    apply_for(given.database, given.clock, user, person.id, framework.id, unit_id)
    return redirect(url_for("candidate.role", role_id=unit_id), 303)


@blueprint.post("/candidate/certificates/<certificate_id>/publicity")
def publicity(certificate_id: str) -> ResponseReturnValue:
    """Make one's certificate public, or private again."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        row = certificate_for(unit, user, certificate_id)
    set_public(given.database, given.clock, user, row.id, public=fields.flag("public"))
    return redirect(url_for("candidate.overview"), 303)


@blueprint.get("/certificates/<certificate_id>.pdf")
def pdf(certificate_id: str) -> Response:
    """Hand out the signed file to its holder, or to those who certify or administer."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
        if row.sha256 is None:
            raise NotFound("This certificate is not issued yet.", where="certificate")
        data = rendition(unit, row.id)
    return pdf_response(data, row.award.number)


@blueprint.get("/certificates/<certificate_id>/credential.json")
def credential(certificate_id: str) -> Response:
    """Hand out the credential, the same that is attached to the PDF."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
        data = credential_json(unit, row)
    return saved(data, "application/vc", f"{row.award.number}.credential.json")


@blueprint.get("/certificates/<certificate_id>/credential.jwt")
def token(certificate_id: str) -> Response:
    """Hand out the credential as a JWT; ``?alg=ES256`` for the token of the other key."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
    data = services().tokens.of(row, request.args.get("alg", EDDSA))
    return saved(data.encode("ascii"), "application/vc+jwt", f"{row.award.number}.credential.jwt")


def saved(data: bytes, kind: str, name: str) -> Response:
    """Return a file to save under its name."""
    response = Response(data, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def pdf_response(data: bytes, number: str) -> Response:
    """Return a PDF to save under its certificate number."""
    return saved(data, "application/pdf", f"{number}.pdf")


def linkedin_address(row: CertificateRow) -> str:
    """Return the address that offers a certificate to one's LinkedIn profile; a specimen says that it is one.

    Nothing is sent there before the holder follows it: it is a link like any other.
    """
    award = row.award
    asked = {
        "startTask": "CERTIFICATION_NAME",
        "name": f"SPECIMEN: {award.role_title}" if award.specimen else award.role_title,
        "organizationName": award.awarding_body,
        "issueYear": award.valid_from.year,
        "issueMonth": award.valid_from.month,
        "expirationYear": award.valid_until.year,
        "expirationMonth": award.valid_until.month,
        "certUrl": award.verification_url,
        "certId": award.number,
    }
    return f"{LINKEDIN}?{urlencode(asked)}"


def _held(row: CertificateRow, stands: StandingStatus, *, public: bool) -> Held:
    left = row.award.valid_until - today()
    return Held(
        row=row,
        stands=stands,
        public=public,
        expired=left < timedelta(0),
        ends_soon=timedelta(0) <= left < ENDS_SOON,
        linkedin=linkedin_address(row) if row.sha256 is not None else "",
    )


def _way(person: Candidate, framework: Framework, role_id: str, records: Sequence[CompletionRecord]) -> Way:
    given = services()
    assessment = assess(given.database, person.id, framework.id, role_id, today())
    programme = plan_programme(given.database, person.id, framework.id, role_id, today())
    minutes: Mapping[str, int] = {record.id: record.workload_minutes for record in records}
    return Way(
        assessment=assessment,
        programme=programme,
        steps=[_step(result, programme) for result in assessment.results],
        trained_minutes=sum(minutes.get(record_id, 0) for record_id in assessment.relied_on),
    )


def _step(result: RuleResult, programme: Programme) -> Step:
    met = isinstance(result.outcome, Met)
    module = None
    if not met and result.required_level is not None:
        gap = CompetenceLevel(result.subject, result.required_level)
        module = next((item for item in programme.modules if closes(item, gap)), None)
    return Step(result=result, met=met, level=result.outcome.level, module=module)


def _own_framework(unit: UnitOfWork, person: Candidate) -> Framework:
    """The framework that one trains under; the newest where one belongs to no cohort."""
    memberships = unit.cohorts.of_candidate(person.id)
    return framework_for(unit, unit.cohorts.get(memberships[0].cohort_id).framework_id if memberships else "")


def _chosen(unit: UnitOfWork, person: Candidate, framework: Framework) -> str:
    """The role one chose, else the one that one trains for, else the first; empty where there is none."""
    wishes = [unit.holders.chosen_role(person.id), *sorted(_sought(unit, person)), *framework.role]
    return next((wish for wish in wishes if wish is not None and wish in framework.role), "")


def _applied(unit: UnitOfWork, candidate_id: str, framework: Framework) -> set[str]:
    return {
        item.role_id
        for item in unit.applications.of_candidate(candidate_id)
        if item.framework_id == framework.id
    }


def _certified(issued: Sequence[tuple[CertificateRow, StandingStatus]], framework: Framework) -> set[str]:
    """The roles and units of this framework that a certificate not revoked is about."""
    return {
        row.award.role_id
        for row, stands in issued
        if row.award.framework_id == framework.id and stands.status is not CertificateStatus.REVOKED
    }


def _sought(unit: UnitOfWork, person: Candidate) -> set[str]:
    return {member.role_id for member in unit.cohorts.of_candidate(person.id)}
