"""Cases: one with everything for its decision on one page, or several at once that were all opened before."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.certification.model import CaseName, CertificationDecision, DecisionOutcome
from certify.certification.service import Case, next_case
from certify.certification.service import decide as decide_case
from certify.certification.service import queue as waiting_cases
from certify.errors import CertifyError, InvalidInput
from certify.impartiality.service import declare, note_view
from certify.jobs.service import enqueue
from certify.paging import Asked
from certify.web.i18n import gettext
from certify.web.pages import fields
from certify.web.pages.certifier import queue_page
from certify.web.pages.desk import certificate_languages, dossier_of, notice_of
from certify.web.problems import answer_to
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("cases", __name__, url_prefix="/certifier/cases")


@blueprint.get("/<candidate_id>/<framework_id>/<role_id>")
def one(candidate_id: str, framework_id: str, role_id: str) -> str:
    """Show one case in full, and remember that this certifier saw it as it is."""
    return _case_page(candidate_id, framework_id, role_id)


@blueprint.post("/<candidate_id>/<framework_id>/<role_id>")
def decide(candidate_id: str, framework_id: str, role_id: str) -> ResponseReturnValue:
    """Declare one's interest, and grant or refuse; what is granted is issued in the background."""
    here = {"candidate_id": candidate_id, "framework_id": framework_id, "role_id": role_id}
    try:
        decision = _decided(**here)
    except CertifyError as error:
        return _case_page(**here, error=error), answer_to(error).problem.status
    if decision is None:
        address = url_for("cases.one", candidate_id=candidate_id, framework_id=framework_id, role_id=role_id)
        return redirect(address, 303)
    following, _waiting = _next(**here)
    if following is None:
        return redirect(url_for("certifier.queue", framework=framework_id, decided=decision.id), 303)
    return redirect(
        url_for(
            "cases.one",
            candidate_id=following.candidate.id,
            framework_id=framework_id,
            role_id=following.role_id,
            decided=decision.id,
        ),
        303,
    )


@blueprint.post("/<framework_id>")
def decide_several(framework_id: str) -> ResponseReturnValue:
    """Grant the cases ticked; each only where this certifier was shown it with the results it has now."""
    given, user = services(), current_user()
    ticked = dict.fromkeys(request.form.getlist("case"))
    fault = ""
    if not ticked:
        fault = gettext("Tick the cases to grant first.")
    elif fields.text("no_conflict") != "yes":
        fault = gettext("Say first that you have no conflict of interest in any of these people.")
    if fault:
        return queue_page(framework_id, error=InvalidInput(fault), ticked=ticked), 422
    named = [CaseName(*name.partition(" ")[::2]) for name in ticked]
    part = waiting_cases(given.database, user, framework_id, today(), Asked(limit=len(named)), only=named)
    waiting = {f"{case.candidate.id} {case.role_id}": case for case in part.entries}
    granted: list[str] = []
    failed: list[tuple[Case, CertifyError]] = []
    # What waits no longer was decided by this very form, sent before, or by a colleague.
    for case in (waiting[name] for name in ticked if name in waiting):
        try:
            declare(given.database, given.clock, user, case.candidate.id)
            decision = decide_case(
                given.database,
                given.clock,
                user,
                candidate_id=case.candidate.id,
                framework_id=framework_id,
                role_id=case.role_id,
                outcome=DecisionOutcome.GRANTED,
                language=fields.text("language"),
                only_as_viewed=True,
            )
        except CertifyError as error:
            failed.append((case, error))
        else:
            granted.append(decision.id)
    job = enqueue(given.database, given.clock, user, granted)
    given.bell.set()
    if failed:
        return queue_page(framework_id, failed=failed), 409
    if job is not None:
        return redirect(url_for("jobs.page", job_id=job.id), 303)
    return redirect(url_for("certifier.queue", framework=framework_id), 303)


def _decided(candidate_id: str, framework_id: str, role_id: str) -> CertificationDecision | None:
    """Do what the form says; None where the certifier declared a conflict, so that somebody else decides."""
    given, user = services(), current_user()
    asked, interest = fields.text("outcome"), fields.text("interest")
    if interest == "conflict" or asked == "conflict":
        conflict = fields.text("conflict")
        if not conflict:
            raise InvalidInput(gettext("Say in a line what your conflict of interest is."))
        declare(given.database, given.clock, user, candidate_id, conflict)
        return None
    outcome = fields.choice(DecisionOutcome, asked, gettext("Decision"))
    if interest != "none":
        raise InvalidInput(gettext("Say first whether you have a conflict of interest in this person."))
    if outcome is DecisionOutcome.REFUSED and not fields.text("reason"):
        raise InvalidInput(gettext("A refusal says why, in a line."))
    declare(given.database, given.clock, user, candidate_id)
    decision = decide_case(
        given.database,
        given.clock,
        user,
        candidate_id=candidate_id,
        framework_id=framework_id,
        role_id=role_id,
        outcome=outcome,
        reason=fields.text("reason"),
        language=fields.text("language"),
        after=fields.whole_number("after", gettext("Decision")),
    )
    if decision.outcome is DecisionOutcome.GRANTED:
        enqueue(given.database, given.clock, user, [decision.id])
        given.bell.set()
    return decision


def _case_page(candidate_id: str, framework_id: str, role_id: str, error: CertifyError | None = None) -> str:
    given, user = services(), current_user()
    dossier = dossier_of(candidate_id, framework_id, role_id)
    # A browser that loads a page ahead shows it to nobody.
    if "prefetch" not in request.headers.get("Sec-Purpose", ""):
        note_view(given.database, given.clock, user, dossier.case.assessment)
    following, waiting = _next(candidate_id, framework_id, role_id)
    with given.database.reading() as unit:
        notice = notice_of(unit, user, request.args.get("decided", ""))
    return render_template(
        "certifier/case.html",
        dossier=dossier,
        languages_of_certificate=certificate_languages(dossier.framework),
        today=today(),
        most_megabytes=given.settings.evidence_megabytes,
        following=following,
        waiting=waiting,
        notice=notice,
        error=error,
    )


def _next(candidate_id: str, framework_id: str, role_id: str) -> tuple[Case | None, int | None]:
    given = services()
    return next_case(given.database, current_user(), framework_id, today(), after=(candidate_id, role_id))
