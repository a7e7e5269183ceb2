"""Users, candidates with their qualifications, and cohorts by API."""

from __future__ import annotations

from flask import request

from certify.clock import iso
from certify.errors import FileUnreadable, InvalidInput
from certify.organisations.service import administered, administers, sight_of
from certify.people import service as people
from certify.people.csv_import import import_candidates as import_file
from certify.people.model import AdmissionRecord, Candidate, User, UserRole
from certify.ports import UnitOfWork
from certify.signin.links import invitation, send_password_link
from certify.web.api import administration_schemas as schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.paging import asked_of, page_of_part
from certify.web.api.schemas import CohortShape, MemberShape, Paging
from certify.web.api.shapes import Json, cohort_shape, member_shape, name_shape, report_shape
from certify.web.pages.public import uploaded
from certify.web.scope import candidate_for, cohort_for, framework_for, may_review
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = ApiBlueprint("api-administration", __name__, description="See to people and cohorts.")
TABLE = {
    "text/csv": {"schema": {"type": "string", "format": "binary"}},
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    },
}
"""The bodies that carry a table."""


@blueprint.on("GET", "/users")
@blueprint.queried(Paging)
@blueprint.answers(200, schemas.AccountListShape)
def users(query: Json) -> Json:
    """List who can sign in, of the organisations that one administers."""
    with services().database.reading() as unit:
        own = administered(unit, current_user())
        part = unit.users.part(own, asked_of(query))
    return page_of_part("users", part, account_shape)


@blueprint.on("POST", "/users")
@blueprint.takes(schemas.NewUser)
@blueprint.answers(201, schemas.AccountShape)
def add_user(sent: Json) -> Json:
    """Add somebody who can sign in."""
    given, user = services(), current_user()
    candidate_id = None
    if sent["candidate_reference"]:
        with given.database.reading() as unit:
            candidate_id = _by_reference(unit, user, sent["candidate_reference"]).id
    added = people.add_user(
        given.database,
        email=sent["email"],
        display_name=sent["display_name"],
        roles=[UserRole(name) for name in sent["roles"]],
        password=sent["password"] or None,
        candidate_id=candidate_id,
        by=user,
        clock=given.clock,
        welcome=None if sent["password"] else invitation(given.clock, given.settings.public_base, user),
    )
    return account_shape(added)


@blueprint.on("POST", "/users/<user_id>")
@blueprint.takes(schemas.ChangedUser)
@blueprint.answers(200, schemas.AccountShape)
def change_user(sent: Json, user_id: str) -> Json:
    """Change what somebody may do, their name on pages, and the language of letters to them."""
    changed = people.change_user(
        services().database,
        current_user(),
        user_id,
        display_name=sent["display_name"],
        roles=[UserRole(name) for name in sent["roles"]],
        language=sent["language"],
    )
    return account_shape(changed)


@blueprint.on("POST", "/users/<user_id>/password-link")
@blueprint.answers(202, schemas.AccountShape)
def send_link(user_id: str) -> Json:
    """Write to somebody how they choose a password; the present one goes on working until they do."""
    given = services()
    base = given.settings.public_base
    return account_shape(send_password_link(given.database, given.clock, base, current_user(), user_id))


@blueprint.on("POST", "/users/<user_id>/active")
@blueprint.takes(schemas.Active)
@blueprint.answers(200, schemas.AccountShape)
def set_active(sent: Json, user_id: str) -> Json:
    """Let a user sign in or not; switching off ends every session they have."""
    return account_shape(
        people.set_active(services().database, current_user(), user_id, active=sent["active"])
    )


@blueprint.on("GET", "/candidates")
@blueprint.queried(schemas.SearchPage)
@blueprint.answers(200, schemas.CandidateListShape)
def candidates(query: Json) -> Json:
    """List the candidates of one's organisations, or of one's schemes."""
    with services().database.reading() as unit:
        part = unit.candidates.part(
            sight_of(unit, current_user()), asked_of(query), reference=query["reference"]
        )
        return page_of_part("candidates", part, lambda person: _candidate_shape(unit, person))


@blueprint.on("POST", "/candidates")
@blueprint.takes(schemas.NewCandidate)
@blueprint.answers(201, schemas.CandidateShape)
def register(sent: Json) -> Json:
    """Register a candidate."""
    given = services()
    person = people.register_candidate(given.database, given.clock, current_user(), **sent)
    with given.database.reading() as unit:
        return _candidate_shape(unit, person)


@blueprint.on("GET", "/candidates/<candidate_id>")
@blueprint.answers(200, schemas.CandidateShape)
def candidate(candidate_id: str) -> Json:
    """Show a candidate with the review that counts and their cohorts."""
    with services().database.reading() as unit:
        return _candidate_shape(unit, candidate_for(unit, current_user(), candidate_id))


@blueprint.on("POST", "/candidates/<candidate_id>/admissions")
@blueprint.takes(schemas.Admission)
@blueprint.answers(201, schemas.AdmissionShape)
def review(sent: Json, candidate_id: str) -> Json:
    """Record the review of a prior qualification; nobody reviews whom they train."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = candidate_for(unit, user, candidate_id)
        may_review(unit, user, person.id)
    return _admission_shape(people.review_admission(given.database, given.clock, user, person.id, **sent))


@blueprint.on("POST", "/candidates/import")
@blueprint.sent_as(content=TABLE)
@blueprint.answers(200, schemas.ImportShape)
def import_candidates() -> Json:
    """Register the good rows of a file and name the others."""
    given = services()
    return report_shape(import_file(given.database, given.clock, current_user(), table_sent()), kept=True)


@blueprint.on("POST", "/cohorts")
@blueprint.takes(schemas.NewCohort)
@blueprint.answers(201, CohortShape)
def open_cohort(sent: Json) -> Json:
    """Form a cohort with its trainers."""
    given = services()
    with given.database.reading() as unit:
        framework = framework_for(unit, sent["framework_id"])
    cohort = people.open_cohort(
        given.database,
        current_user(),
        code=sent["code"],
        title=sent["title"],
        framework_id=framework.id,
        starts_on=sent["starts_on"],
        trainer_ids=sent["trainer_ids"],
    )
    return cohort_shape(cohort)


@blueprint.on("POST", "/cohorts/<cohort_id>/members")
@blueprint.takes(schemas.NewMember)
@blueprint.answers(201, MemberShape)
def join(sent: Json, cohort_id: str) -> Json:
    """Add a candidate for the role they seek; doing it again changes nothing."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        cohort = cohort_for(unit, user, cohort_id)
        person = _by_reference(unit, user, sent["candidate_reference"])
    member = people.join_cohort(given.database, user, cohort.id, person.id, sent["role_id"])
    return member_shape(member, person)


def table_sent() -> bytes:
    """Return the table that is the body, or the field ``file`` of a form.

    Raises:
        FileUnreadable: None was sent.
    """
    data = uploaded() if request.mimetype == "multipart/form-data" else request.get_data()
    if not data:
        raise FileUnreadable("No file was sent.", fix="send it as the body, or as the form field 'file'")
    return data


def _by_reference(unit: UnitOfWork, user: User, reference: str) -> Candidate:
    found = unit.candidates.by_reference(reference)
    if found is None or not administers(unit, user, found.organisation_id):
        raise InvalidInput("No candidate has this reference.", where="candidate_reference")
    return found


def account_shape(user: User) -> Json:
    """Somebody who can sign in, for those who administer."""
    return {
        "id": user.id,
        "email": user.email,
        "display_name": user.display_name,
        "roles": sorted(role.value for role in user.roles),
        "candidate_id": user.candidate_id,
        "organisation_id": user.organisation_id,
        "active": user.active,
    }


def _admission_shape(record: AdmissionRecord) -> Json:
    return {
        "id": record.id,
        "qualification": record.qualification,
        "eqf_level": record.eqf_level,
        "evidence_digest": record.evidence_digest,
        "accepted": record.accepted,
        "reviewed_by": record.reviewed_by,
        "reviewed_at": iso(record.reviewed_at),
    }


def _candidate_shape(unit: UnitOfWork, person: Candidate) -> Json:
    admission = unit.candidates.admission(person.id)
    return {
        "id": person.id,
        "reference": person.reference,
        "name": name_shape(person.name),
        "email": person.email,
        "registered_at": iso(person.registered_at),
        "admission": admission and _admission_shape(admission),
        "cohorts": [
            {"cohort_id": item.cohort_id, "role_id": item.role_id}
            for item in unit.cohorts.of_candidate(person.id)
        ],
    }
