"""A candidate's own pages: what is on record, what each role still asks, and the certificates."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.archiving.service import rendition
from certify.certification.service import apply_for
from certify.completions.model import current
from certify.credential.jwt import EDDSA
from certify.eligibility.model import Assessment
from certify.eligibility.service import assess, plan_programme, units_within_reach
from certify.errors import NotFound
from certify.framework.model import Framework
from certify.issuing.credentials import credential_json, credential_token
from certify.issuing.model import CertificateRow
from certify.people.model import User
from certify.ports import UnitOfWork
from certify.publicity.service import is_public, set_public
from certify.status.model import CertificateStatus, StandingStatus
from certify.status.service import standing
from certify.web.pages import fields
from certify.web.scope import certificate_for, framework_for, own_candidate
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("candidate", __name__)


@blueprint.get("/candidate")
def overview() -> str:
    """Show one's records, roles and certificates."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = own_candidate(unit, user)
        framework = framework_for(unit)
        records = current(tuple(unit.completions.of_candidate(person.id)))
        issued = [(row, standing(unit, row.id)) for row in unit.certificates.of_candidate(person.id)]
        sought = _sought(unit, user)
        public = {row.id for row, _stands in issued if is_public(unit, row.id)}
        units = units_within_reach(unit, person.id, framework, today())
        applied = _applied(unit, person.id, framework)
    assessments: list[Assessment] = [
        assess(given.database, person.id, framework.id, role.id, today()) for role in framework.roles
    ]
    counts = {result.subject: result for result in assessments[0].records} if assessments else {}
    return render_template(
        "candidate/overview.html",
        person=person,
        framework=framework,
        records=records,
        counts=counts,
        issued=issued,
        public=public,
        sought=sought,
        assessments=assessments,
        units=units,
        applied=applied,
        certified=_certified(issued, framework),
    )


@blueprint.get("/candidate/roles/<role_id>")
def role(role_id: str) -> str:
    """Show the gap for one role and the least training that closes it."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = own_candidate(unit, user)
        framework = framework_for(unit)
        records = {record.id: record for record in unit.completions.of_candidate(person.id)}
        issued = [(row, standing(unit, row.id)) for row in unit.certificates.of_candidate(person.id)]
        certified = role_id in _certified(issued, framework)
        applied = role_id in _applied(unit, person.id, framework)
    assessment = assess(given.database, person.id, framework.id, role_id, today())
    programme = plan_programme(given.database, person.id, framework.id, role_id, today())
    return render_template(
        "candidate/role.html",
        person=person,
        framework=framework,
        role=framework.certifiable[role_id],
        assessment=assessment,
        programme=programme,
        records=records,
        certified=certified,
        applied=applied,
    )


@blueprint.post("/candidate/units/<unit_id>")
def apply(unit_id: str) -> ResponseReturnValue:
    """Ask to be certified for one competence at one level."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = own_candidate(unit, user)
        framework = framework_for(unit)
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
    return _saved(data, "application/vc", f"{row.award.number}.credential.json")


@blueprint.get("/certificates/<certificate_id>/credential.jwt")
def token(certificate_id: str) -> Response:
    """Hand out the credential as a JWT; ``?alg=ES256`` for the token of the other key."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
        data = credential_token(unit, row, request.args.get("alg", EDDSA))
    return _saved(data.encode("ascii"), "application/vc+jwt", f"{row.award.number}.credential.jwt")


def _saved(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def pdf_response(data: bytes, number: str) -> Response:
    """Return a PDF to save under its certificate number."""
    return _saved(data, "application/pdf", f"{number}.pdf")


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


def _sought(unit: UnitOfWork, user: User) -> set[str]:
    return {member.role_id for member in unit.cohorts.of_candidate(user.candidate_id or "")}
