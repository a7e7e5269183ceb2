"""Corrections: holders and certifiers ask for them, another certifier rules, and the new certificate is issued."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from certify.corrections import service as corrections
from certify.corrections.model import Correction, CorrectionState
from certify.errors import CertifyError, InvalidInput, NotFound
from certify.impartiality.service import conflict_declared, declare
from certify.issuing.model import CertificateRow
from certify.jobs.service import enqueue
from certify.organisations.service import sight_of
from certify.people.model import Candidate, User, UserRole
from certify.people.names import holder_name, warnings_of
from certify.ports import UnitOfWork
from certify.web.i18n import gettext
from certify.web.lists import asked_for
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import candidate_for, correction_for, own_candidate
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("corrections", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with all that its pages show.

    Attributes:
        certificate: What it is to correct; None where only the register's name is.
        successor: What was issued for it.
    """

    correction: Correction
    person: Candidate
    certificate: CertificateRow | None
    successor: CertificateRow | None
    asked_by: str
    ruled_by: str


@blueprint.get("/corrections")
def waiting() -> str:
    """List the requests, those that wait for a ruling first."""
    wanted = asked_for("corrections.waiting", {"open": "open"}, usual="-open")
    with services().database.reading() as unit:
        user = current_user()
        part = unit.corrections.part(sight_of(unit, user), user.candidate_id, wanted.asked)
        found = [_request(unit, item) for item in part.entries]
    return render_template("corrections/list.html", listed=wanted.listed(part, 0, found))


@blueprint.get("/corrections/<correction_id>")
def request_page(correction_id: str) -> str:
    """Show one request with its evidence."""
    return _one_page(correction_id)


@blueprint.post("/corrections/<correction_id>")
def rule(correction_id: str) -> ResponseReturnValue:
    """Declare one's interest, and approve or refuse; the new certificate is issued in the background."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        correction_for(unit, user, correction_id)
    try:
        done = _ruled(correction_id, user)
    except CertifyError as error:
        return _one_page(correction_id, error), answer_to(error).problem.status
    if done is not None and done.decision_id is not None:
        job = enqueue(given.database, given.clock, user, [done.decision_id])
        given.bell.set()
        if job is not None:
            return redirect(url_for("jobs.page", job_id=job.id), 303)
    return redirect(url_for("corrections.request_page", correction_id=correction_id), 303)


def _ruled(correction_id: str, user: User) -> Correction | None:
    """Do what the form says; None where the certifier declared a conflict, so that somebody else rules."""
    given, interest = services(), fields.text("interest")
    with given.database.reading() as unit:
        found = correction_for(unit, user, correction_id)
    if interest == "conflict":
        conflict = fields.text("conflict")
        if not conflict:
            raise InvalidInput(gettext("Say in a line what your conflict of interest is."))
        declare(given.database, given.clock, user, found.candidate_id, conflict)
        return None
    outcome = fields.choice(CorrectionState, fields.text("outcome"), gettext("Ruling"))
    if outcome is CorrectionState.REFUSED:
        return corrections.refuse(given.database, given.clock, user, found.id, fields.text("reason"))
    if outcome is not CorrectionState.APPROVED:
        raise InvalidInput(gettext("Choose one of the values on offer."))
    if interest != "none":
        raise InvalidInput(gettext("Say first whether you have a conflict of interest in this person."))
    declare(given.database, given.clock, user, found.candidate_id)
    return corrections.approve(given.database, given.clock, user, found.id, given.issuer.prove)


@blueprint.post("/corrections/<correction_id>/withdraw")
def withdraw(correction_id: str) -> ResponseReturnValue:
    """Take back one's own request."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        correction = correction_for(unit, user, correction_id)
    if correction.requested_by != user.id:
        raise NotFound("There is no such request for a correction.")
    corrections.withdraw(given.database, given.clock, user, correction.id)
    if user.candidate_id == correction.candidate_id:
        return redirect(url_for("corrections.own_name"), 303)
    return redirect(url_for("corrections.name", candidate_id=correction.candidate_id), 303)


@blueprint.get("/candidate/name")
def own_name() -> str:
    """Say how one's name is on record, and ask for a correction."""
    with services().database.reading() as unit:
        person = own_candidate(unit, current_user())
    return _name_page(person.id)


@blueprint.post("/candidate/name")
def ask_own_name() -> ResponseReturnValue:
    """Ask for a correction of one's own name."""
    with services().database.reading() as unit:
        person = own_candidate(unit, current_user())
    return _ask_name(person.id, url_for("corrections.own_name"))


@blueprint.get("/candidates/<candidate_id>/name")
def name(candidate_id: str) -> str:
    """Show a candidate's name, and ask for a correction on their behalf."""
    return _name_page(candidate_id)


@blueprint.post("/candidates/<candidate_id>/name")
def ask_name(candidate_id: str) -> ResponseReturnValue:
    """Ask for a correction of somebody's name."""
    return _ask_name(candidate_id, url_for("corrections.name", candidate_id=candidate_id))


def _ask_name(candidate_id: str, then: str) -> ResponseReturnValue:
    given, user = services(), current_user()
    with given.database.reading() as unit:
        candidate_for(unit, user, candidate_id)
    try:
        corrections.request_name(
            given.database,
            given.clock,
            user,
            candidate_id,
            holder_name(fields.text("native"), fields.text("latin"), fields.text("printed")),
            reason=fields.text("reason"),
            evidence=fields.text("evidence"),
            evidence_digest=fields.text("evidence_digest") or None,
        )
    except CertifyError as error:
        return _name_page(candidate_id, error), answer_to(error).problem.status
    return redirect(then, 303)


def _name_page(candidate_id: str, error: CertifyError | None = None) -> str:
    user = current_user()
    with services().database.reading() as unit:
        person = candidate_for(unit, user, candidate_id)
        found = [_request(unit, item) for item in reversed(unit.corrections.of_candidate(person.id))]
    own = user.candidate_id == person.id
    return render_template("corrections/name.html", person=person, requests=found, own=own, error=error)


def _one_page(correction_id: str, error: CertifyError | None = None) -> str:
    user = current_user()
    with services().database.reading() as unit:
        found = _request(unit, correction_for(unit, user, correction_id))
        conflict = conflict_declared(unit, user.id, found.correction.candidate_id)
        said = any(
            item.declared_by == user.id
            for item in unit.impartiality.declarations(found.correction.candidate_id)
        )
    hindrance = _hindrance(found.correction, user, conflict)
    name = found.correction.name
    return render_template(
        "corrections/one.html",
        request_=found,
        hindrance=hindrance,
        declared=said and not conflict,
        warnings=warnings_of(name) if name else (),
        error=error,
    )


def _hindrance(correction: Correction, user: User, conflict: str) -> str:
    """Say why this person may not rule on it; empty where they may."""
    if correction.requested_by == user.id:
        return gettext("You asked for this correction.")
    if user.candidate_id == correction.candidate_id:
        return gettext("Nobody rules on their own certificate.")
    if conflict:
        return gettext("You declared a conflict of interest: %(about)s", about=conflict)
    return "" if UserRole.CERTIFIER in user.roles else gettext("Only certifiers rule on corrections.")


def _request(unit: UnitOfWork, correction: Correction) -> Request:
    """Collect what the pages show; the names of colleagues for those who work with them."""
    certificate = unit.certificates.by_id(correction.certificate_id) if correction.certificate_id else None
    successor = unit.certificates.by_decision(correction.decision_id) if correction.decision_id else None
    return Request(
        correction=correction,
        person=unit.candidates.get(correction.candidate_id),
        certificate=certificate,
        successor=successor,
        asked_by=unit.users.get(correction.requested_by).display_name,
        ruled_by=unit.users.get(correction.ruled_by).display_name if correction.ruled_by else "",
    )
