"""An administrator's desk: users, candidates and their qualifications, cohorts."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.certification.service import apply_for
from certify.eligibility.service import units_within_reach
from certify.errors import CertifyError, InvalidInput, NotPermitted
from certify.organisations.service import administered, administers, sight_of
from certify.paging import MOST_COUNTED
from certify.people import service as people
from certify.people.csv_import import import_candidates as import_file
from certify.people.model import Review, UserRole
from certify.people.names import warnings_of
from certify.settings import LANGUAGES
from certify.signin.links import invitation
from certify.web.i18n import N_, NP_, say
from certify.web.lists import asked_for, one_of
from certify.web.pages import fields
from certify.web.pages.public import uploaded
from certify.web.present import word
from certify.web.problems import answer_to
from certify.web.scope import candidate_for, cohort_for, framework_for, may_review
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

_REVIEWS = {
    Review.WAITING: NP_("review", "Waiting"),
    Review.ACCEPTED: N_("Accepted"),
    Review.NOT_ACCEPTED: N_("Not accepted"),
    Review.DOCUMENT: N_("A document waits for its review"),
}


@blueprint.get("/users")
def users() -> str:
    """List who can sign in."""
    return _users_page()


@blueprint.post("/users")
def add_user() -> ResponseReturnValue:
    """Add somebody who can sign in."""
    given, password = services(), request.form.get("password", "")
    try:
        roles = [fields.choice(UserRole, name, "Roles") for name in request.form.getlist("role")]
        candidate_id = None
        if fields.text("candidate"):
            with given.database.reading() as unit:
                found = unit.candidates.by_reference(fields.text("candidate"))
                if found and not administers(unit, current_user(), found.organisation_id):
                    found = None
            if found is None:
                raise InvalidInput("No candidate has this reference.", where="Candidate reference")
            candidate_id = found.id
        added = people.add_user(
            given.database,
            email=fields.text("email"),
            display_name=fields.text("display_name"),
            roles=roles,
            password=password or None,
            candidate_id=candidate_id,
            by=current_user(),
            clock=given.clock,
            welcome=None if password else invitation(given.clock, given.settings.public_base, current_user()),
        )
    except CertifyError as error:
        return _users_page(error), answer_to(error).problem.status
    # To the account itself: a long list would not show whether it is there.
    return redirect(url_for("accounts.one", user_id=added.id), 303)


@blueprint.post("/users/<user_id>/active")
def set_active(user_id: str) -> ResponseReturnValue:
    """Let a user sign in, or not."""
    try:
        people.set_active(services().database, current_user(), user_id, active=fields.text("active") == "yes")
    except CertifyError as error:
        return _users_page(error), answer_to(error).problem.status
    return redirect(url_for("accounts.one", user_id=user_id), 303)


@blueprint.get("/candidates")
def candidates() -> str:
    """List the candidates."""
    return _candidates_page()


@blueprint.post("/candidates")
def register() -> ResponseReturnValue:
    """Register a candidate."""
    given = services()
    try:
        person = people.register_candidate(
            given.database,
            given.clock,
            current_user(),
            reference=fields.text("reference"),
            native=fields.text("native"),
            latin=fields.text("latin"),
            printed=fields.text("printed"),
            email=fields.text("email") or None,
            language=fields.text("language") or None,
        )
    except CertifyError as error:
        return _candidates_page(error), answer_to(error).problem.status
    return redirect(url_for("admin.candidate", candidate_id=person.id), 303)


@blueprint.post("/candidates/import")
def import_candidates() -> ResponseReturnValue:
    """Register the good rows of a file and name the others."""
    given = services()
    try:
        data = uploaded()
        if not data:
            raise InvalidInput("Choose a CSV file first.", where="File")
        report = import_file(given.database, given.clock, current_user(), data)
    except CertifyError as error:
        return _candidates_page(error), answer_to(error).problem.status
    return render_template("admin/imported.html", report=report)


@blueprint.get("/candidates/<candidate_id>")
def candidate(candidate_id: str) -> str:
    """Show a candidate with their reviewed qualification and cohorts."""
    return candidate_page(candidate_id)


@blueprint.post("/candidates/<candidate_id>/admission")
def review(candidate_id: str) -> ResponseReturnValue:
    """Record the review of a prior qualification; nobody reviews whom they train."""
    given, user = services(), current_user()
    try:
        with given.database.reading() as unit:
            candidate_for(unit, user, candidate_id)
            may_review(unit, user, candidate_id)
        people.review_admission(
            given.database,
            given.clock,
            user,
            candidate_id,
            qualification=fields.text("qualification"),
            eqf_level=fields.whole_number("eqf_level", "EQF level"),
            evidence_digest=fields.text("evidence") or None,
            accepted=fields.flag("accepted"),
            document_digest=None if fields.text("evidence") else fields.text("document") or None,
        )
    except CertifyError as error:
        return candidate_page(candidate_id, error), answer_to(error).problem.status
    framework_id, role_id = fields.text("framework_id"), fields.text("role_id")
    back = url_for("admin.candidate", candidate_id=candidate_id, _anchor="prior")
    if framework_id and role_id and UserRole.CERTIFIER in user.roles:
        back = url_for(
            "cases.one",
            candidate_id=candidate_id,
            framework_id=framework_id,
            role_id=role_id,
            _anchor="prior",
        )
    return redirect(back, 303)


@blueprint.post("/candidates/<candidate_id>/units")
def apply(candidate_id: str) -> ResponseReturnValue:
    """Put a unit on the certifiers' queue for somebody who asked in person."""
    given = services()
    try:
        if not fields.text("unit"):
            raise InvalidInput("Choose one of the competences.", where="Competence and level")
        with given.database.reading() as unit:
            candidate_for(unit, current_user(), candidate_id)
            framework = framework_for(unit)
        apply_for(
            given.database, given.clock, current_user(), candidate_id, framework.id, fields.text("unit")
        )
    except CertifyError as error:
        return candidate_page(candidate_id, error), answer_to(error).problem.status
    return redirect(url_for("admin.candidate", candidate_id=candidate_id), 303)


@blueprint.get("/cohorts")
def cohorts() -> str:
    """List the cohorts."""
    return _cohorts_page()


@blueprint.post("/cohorts")
def open_cohort() -> ResponseReturnValue:
    """Form a cohort with its trainers."""
    given = services()
    try:
        with given.database.reading() as unit:
            framework = framework_for(unit, fields.text("framework"))
        cohort = people.open_cohort(
            given.database,
            current_user(),
            code=fields.text("code"),
            title=fields.text("title"),
            framework_id=framework.id,
            starts_on=fields.day("starts_on", "First day"),
            trainer_ids=request.form.getlist("trainer"),
        )
    except CertifyError as error:
        return _cohorts_page(error), answer_to(error).problem.status
    return redirect(url_for("admin.cohort", cohort_id=cohort.id), 303)


@blueprint.get("/cohorts/<cohort_id>")
def cohort(cohort_id: str) -> str:
    """Show a cohort with its members."""
    return _cohort_page(cohort_id)


@blueprint.post("/cohorts/<cohort_id>/members")
def join(cohort_id: str) -> ResponseReturnValue:
    """Add a candidate, by reference, for the role they seek."""
    given = services()
    try:
        with given.database.reading() as unit:
            cohort_for(unit, current_user(), cohort_id)
            found = unit.candidates.by_reference(fields.text("candidate"))
            if found and not administers(unit, current_user(), found.organisation_id):
                found = None
        if found is None:
            raise InvalidInput("No candidate has this reference.", where="Candidate reference")
        people.join_cohort(given.database, current_user(), cohort_id, found.id, fields.text("role"))
    except CertifyError as error:
        return _cohort_page(cohort_id, error), answer_to(error).problem.status
    return redirect(url_for("admin.cohort", cohort_id=cohort_id), 303)


def _users_page(error: CertifyError | None = None) -> str:
    wanted = asked_for("admin.users", {"email": "", "name": "name"}, "role")
    with services().database.reading() as unit:
        own = administered(unit, current_user())
        role = one_of(UserRole, wanted.query["role"])
        part = unit.users.part(own, wanted.asked, role)
    return render_template(
        "admin/users.html",
        listed=wanted.listed(part, 0, part.entries),
        roles=list(UserRole),
        role_words=[(one.value, word(one)) for one in UserRole],
        error=error,
    )


def _candidates_page(error: CertifyError | None = None) -> str:
    wanted = asked_for("admin.candidates", {"reference": "", "name": "name"}, "review")
    review = one_of(Review, wanted.query["review"])
    with services().database.reading() as unit:
        sight = sight_of(unit, current_user())
        part = unit.candidates.part(sight, wanted.asked, review)
        count = unit.candidates.count(sight, wanted.asked.words, review, MOST_COUNTED)
        admissions = unit.candidates.admissions(person.id for person in part.entries)
    rows = [(person, admissions.get(person.id)) for person in part.entries]
    return render_template(
        "admin/candidates.html",
        listed=wanted.listed(part, count, rows),
        reviews=[(state.value, say(said)) for state, said in _REVIEWS.items()],
        known_languages=LANGUAGES,
        error=error,
    )


def candidate_page(candidate_id: str, error: CertifyError | None = None) -> str:
    """Show a candidate, with what became of what was asked."""
    with services().database.reading() as unit:
        user = current_user()
        person = candidate_for(unit, user, candidate_id)
        admission = unit.candidates.admission(person.id)
        reviewer = unit.users.get(admission.reviewed_by).display_name if admission else ""
        memberships = [
            (unit.cohorts.get(item.cohort_id), item.role_id) for item in unit.cohorts.of_candidate(person.id)
        ]
        documents = unit.documents.of_candidate(person.id)
        issued = unit.certificates.of_candidate(person.id)
        framework = framework_for(unit)
        units = units_within_reach(unit, person.id, framework, today())
        applied = {item.role_id for item in unit.applications.of_candidate(person.id)}
        try:
            may_review(unit, user, person.id)
            hindrance = ""
        except NotPermitted as refusal:
            hindrance = str(refusal)
    return render_template(
        "admin/candidate.html",
        person=person,
        warnings=warnings_of(person.name),
        admission=admission,
        reviewer=reviewer,
        documents=documents,
        most_megabytes=services().settings.evidence_megabytes,
        memberships=memberships,
        issued=issued,
        framework=framework,
        units=units,
        applied=applied,
        hindrance=hindrance,
        error=error,
    )


def _cohorts_page(error: CertifyError | None = None) -> str:
    wanted = asked_for("admin.cohorts", {"code": "", "title": "title", "since": "since"})
    with services().database.reading() as unit:
        own = administered(unit, current_user())
        trainers = unit.users.with_role(UserRole.TRAINER, own)
        part = unit.cohorts.part(own, wanted.asked)
        sizes = unit.cohorts.sizes(cohort.id for cohort in part.entries)
        published = unit.frameworks.all()
    frameworks = list(dict.fromkeys(item[0] for item in reversed(published)))
    return render_template(
        "admin/cohorts.html",
        listed=wanted.listed(part, 0, [(cohort, sizes.get(cohort.id, 0)) for cohort in part.entries]),
        trainers=trainers,
        frameworks=frameworks,
        today=today(),
        error=error,
    )


def _cohort_page(cohort_id: str, error: CertifyError | None = None) -> str:
    with services().database.reading() as unit:
        shown = cohort_for(unit, current_user(), cohort_id)
        framework = framework_for(unit, shown.framework_id)
        trainers = [unit.users.get(user_id).display_name for user_id in sorted(shown.trainer_ids)]
        members = [
            (unit.candidates.get(item.candidate_id), item.role_id) for item in unit.cohorts.members(shown.id)
        ]
    return render_template(
        "admin/cohort.html",
        cohort=shown,
        framework=framework,
        trainers=trainers,
        members=members,
        error=error,
    )
