"""What stands of the certificates issued, and the steps that change it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.certification.service import queue as waiting_cases
from certify.corrections.model import CorrectionState
from certify.corrections.service import request_record
from certify.errors import CertifyError, InvalidInput
from certify.issuing.model import CertificateRow, CertificateState
from certify.jobs.service import pending_of
from certify.organisations.service import schemes_of, sight_of
from certify.paging import MOST_COUNTED
from certify.people.model import Review
from certify.status.model import ListedStatus, StandingStatus, StatusAction, StatusEvent, StatusReason
from certify.status.public import CATEGORY
from certify.status.rules import NEXT, REASONS
from certify.status.service import change_status as append_status
from certify.status.service import standing, standings
from certify.web.i18n import N_, NP_, gettext, language, say
from certify.web.lists import asked_for, one_of
from certify.web.pages import fields
from certify.web.pages.desk import certificate_languages, notice_of
from certify.web.problems import answer_to
from certify.web.scope import certificate_for, scheme_for
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("certifier", __name__, url_prefix="/certifier")

_ORDERS = {"issued": "", "number": "number", "holder": "holder"}
_STATUSES = {
    ListedStatus.ACTIVE: NP_("status", "In force"),
    ListedStatus.SUSPENDED: NP_("status", "Suspended"),
    ListedStatus.REVOKED: NP_("status", "Revoked"),
    ListedStatus.SUPERSEDED: N_("Superseded"),
    ListedStatus.PREPARED: N_("Not issued yet"),
}


@blueprint.get("/")
def queue() -> str:
    """List the eligible candidates who wait for a decision."""
    return queue_page(request.args.get("framework", ""))


def queue_page(framework_id: str = "", **answer: object) -> str:
    """Show the queue of a scheme, with what became of what was asked."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        framework = scheme_for(unit, user, framework_id)
        others = sorted(schemes_of(unit, user) - {framework.id})
        unissued = len(pending_of(unit, user))
        waiting = unit.corrections.count(
            sight_of(unit, user), user.candidate_id, CorrectionState.OPEN, MOST_COUNTED
        )
        notice = notice_of(unit, user, request.args.get("decided", ""))
        documents = unit.candidates.count(sight_of(unit, user), (), Review.DOCUMENT, MOST_COUNTED)
    wanted = asked_for("certifier.queue", {"": ""}, "framework", "role")
    role_id = wanted.query["role"] if wanted.query["role"] in framework.certifiable else ""
    part = waiting_cases(given.database, user, framework.id, today(), wanted.asked, role_id=role_id)
    roles = [(item.id, framework.text(item.title, language().tag)) for item in framework.roles]
    return render_template(
        "certifier/queue.html",
        roles=roles,
        framework=framework,
        languages_of_certificate=certificate_languages(framework),
        others=others,
        listed=wanted.listed(part, 0, part.entries),
        unissued=unissued,
        corrections=waiting,
        documents=documents,
        notice=notice,
        **{"ticked": (), **answer},
    )


@blueprint.get("/certificates")
def certificates() -> str:
    """List the certificates with what stands."""
    wanted = asked_for("certifier.certificates", _ORDERS, "status", usual="-issued")
    status = one_of(ListedStatus, wanted.query["status"])
    with services().database.reading() as unit:
        own = schemes_of(unit, current_user())
        part = unit.certificates.part(own, wanted.asked, status)
        count = unit.certificates.count(own, wanted.asked.words, status, MOST_COUNTED)
        stands = standings(unit, (row.id for row in part.entries))
    listed = wanted.listed(part, count, [(row, stands[row.id]) for row in part.entries])
    statuses = [(status.value, say(said)) for status, said in _STATUSES.items()]
    return render_template("certifier/certificates.html", listed=listed, statuses=statuses)


@blueprint.get("/certificates/<certificate_id>")
def certificate(certificate_id: str) -> str:
    """Show one certificate with its history."""
    return _certificate_page(certificate_id)


@blueprint.post("/certificates/<certificate_id>/status")
def change_status(certificate_id: str) -> ResponseReturnValue:
    """Suspend, reinstate or revoke."""
    given = services()
    try:
        with given.database.reading() as unit:
            row = certificate_for(unit, current_user(), certificate_id)
        name, _, reason = fields.text("step").partition(" ")
        action = fields.choice(StatusAction, name, "Step")
        if action is StatusAction.REVOKE and fields.text("final") != "yes":
            raise InvalidInput(gettext("A revocation is final: tick that you mean it."))
        append_status(
            given.database,
            given.clock,
            current_user(),
            row.id,
            action,
            fields.choice(StatusReason, reason, "Reason"),
            fields.text("note"),
            fields.text("superseded_by") or None,
        )
    except CertifyError as error:
        return _certificate_page(certificate_id, error), answer_to(error).problem.status
    return redirect(url_for("certifier.certificate", certificate_id=row.id, changed="yes"), 303)


@blueprint.post("/certificates/<certificate_id>/correct")
def correct(certificate_id: str) -> ResponseReturnValue:
    """Ask to issue a certificate anew from corrected records; another certifier approves."""
    given, user = services(), current_user()
    try:
        with given.database.reading() as unit:
            row = certificate_for(unit, user, certificate_id)
        correction = request_record(
            given.database,
            given.clock,
            user,
            row.id,
            fields.text("wrong"),
            fields.text("evidence"),
            fields.text("evidence_digest") or None,
        )
    except CertifyError as error:
        return _certificate_page(certificate_id, error), answer_to(error).problem.status
    return redirect(url_for("corrections.request_page", correction_id=correction.id), 303)


def _certificate_page(certificate_id: str, error: CertifyError | None = None) -> str:
    with services().database.reading() as unit:
        row: CertificateRow = certificate_for(unit, current_user(), certificate_id)
        stands: StandingStatus = standing(unit, row.id)
        events: list[tuple[StatusEvent, str]] = [
            (event, unit.users.get(event.acted_by).display_name) for event in unit.certificates.events(row.id)
        ]
    steps = [
        (action, [(reason, CATEGORY[reason]) for reason in sorted(REASONS[action])])
        for action in StatusAction
        if row.state is CertificateState.ISSUED and (stands.status, action) in NEXT
    ]
    return render_template(
        "certifier/certificate.html",
        row=row,
        stands=stands,
        events=events,
        steps=steps,
        may_revoke=any(action is StatusAction.REVOKE for action, _ in steps),
        changed=request.args.get("changed") == "yes",
        error=error,
    )
