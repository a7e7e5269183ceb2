"""A certifier's desk: cases that wait, one case in full, and what stands of the certificates issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from certify.certification.model import CertificationDecision, DecisionOutcome
from certify.certification.service import Case, case_of
from certify.certification.service import decide as decide_case
from certify.certification.service import queue as waiting_cases
from certify.completions.model import CompletionRecord
from certify.corrections.model import CorrectionState
from certify.corrections.service import request_record
from certify.errors import CertifyError, InvalidInput
from certify.framework.model import Framework
from certify.issuing.model import CertificateRow, CertificateState
from certify.organisations.service import schemes_of
from certify.people.model import AdmissionRecord
from certify.status.model import StandingStatus, StatusAction, StatusEvent, StatusReason
from certify.status.public import CATEGORY
from certify.status.rules import NEXT, REASONS
from certify.status.service import change_status as append_status
from certify.status.service import standing
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import certificate_for, scheme_for, sees_correction
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("certifier", __name__, url_prefix="/certifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything for one decision: the case, its framework, records by id, and who recorded them.

    Attributes:
        earlier: Decisions already taken on this case, oldest first.
        granted: The one that stands under this framework version, after which there is nothing to decide.
        certificate: The certificate that it was issued as.
    """

    case: Case
    framework: Framework
    admission: AdmissionRecord | None
    records: Mapping[str, CompletionRecord]
    names: Mapping[str, str]
    earlier: Sequence[CertificationDecision]
    granted: CertificationDecision | None
    certificate: CertificateRow | None


@blueprint.get("/")
def queue() -> str:
    """List the eligible candidates who wait for a decision."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        framework = scheme_for(unit, user)
        unissued = len(unit.decisions.granted_without_certificate())
        waiting = sum(
            item.state is CorrectionState.OPEN and sees_correction(unit, user, item)
            for item in unit.corrections.all()
        )
    cases = waiting_cases(given.database, user, framework.id, today())
    return render_template(
        "certifier/queue.html", framework=framework, cases=cases, unissued=unissued, corrections=waiting
    )


@blueprint.get("/cases/<candidate_id>/<framework_id>/<role_id>")
def case(candidate_id: str, framework_id: str, role_id: str) -> str:
    """Show one case in full."""
    return render_template(
        "certifier/case.html", dossier=_dossier(candidate_id, framework_id, role_id), today=today()
    )


@blueprint.post("/cases/<candidate_id>/<framework_id>/<role_id>")
def decide(candidate_id: str, framework_id: str, role_id: str) -> ResponseReturnValue:
    """Grant or refuse; what is granted is issued at once."""
    given, user = services(), current_user()
    try:
        outcome = fields.choice(DecisionOutcome, fields.text("outcome"), "Decision")
        if outcome is DecisionOutcome.REFUSED and not fields.text("reason"):
            raise InvalidInput("A refusal says why.", where="Reason", fix="write one line")
        decision = decide_case(
            given.database,
            given.clock,
            user,
            candidate_id=candidate_id,
            framework_id=framework_id,
            role_id=role_id,
            outcome=outcome,
            reason=fields.text("reason"),
        )
    except CertifyError as error:
        dossier = _dossier(candidate_id, framework_id, role_id)
        page = render_template("certifier/case.html", dossier=dossier, today=today(), error=error)
        return page, answer_to(error).problem.status
    if decision.outcome is DecisionOutcome.REFUSED:
        return redirect(url_for("certifier.queue"), 303)
    try:
        row = given.issuer.issue(decision.id)
    except CertifyError as error:
        # The decision stands; the queue says that its certificate is still to be issued.
        answer = answer_to(error)
        page = render_template("certifier/not_issued.html", answer=answer)
        return page, answer.problem.status
    return redirect(url_for("certifier.certificate", certificate_id=row.id), 303)


@blueprint.post("/issue")
def issue_pending() -> ResponseReturnValue:
    """Issue what was granted but has no certificate yet."""
    try:
        services().issuer.issue_pending(None)
    except CertifyError as error:
        answer = answer_to(error)
        return render_template("certifier/not_issued.html", answer=answer), answer.problem.status
    return redirect(url_for("certifier.certificates"), 303)


@blueprint.get("/certificates")
def certificates() -> str:
    """List every certificate with what stands."""
    with services().database.reading() as unit:
        own = schemes_of(unit, current_user())
        rows = [
            (row, standing(unit, row.id))
            for row in reversed(unit.certificates.all())
            if row.award.framework_id in own
        ]
    return render_template("certifier/certificates.html", rows=rows)


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
        action, _, reason = fields.text("step").partition(" ")
        append_status(
            given.database,
            given.clock,
            current_user(),
            row.id,
            fields.choice(StatusAction, action, "Step"),
            fields.choice(StatusReason, reason, "Reason"),
            fields.text("note"),
            fields.text("superseded_by") or None,
        )
    except CertifyError as error:
        return _certificate_page(certificate_id, error), answer_to(error).problem.status
    return redirect(url_for("certifier.certificate", certificate_id=row.id), 303)


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


def _dossier(candidate_id: str, framework_id: str, role_id: str) -> Dossier:
    given = services()
    found = case_of(given.database, current_user(), candidate_id, framework_id, role_id, today())
    with given.database.reading() as unit:
        records = {record.id: record for record in unit.completions.of_candidate(candidate_id)}
        admission = unit.candidates.admission(candidate_id)
        people = {record.trainer_id for record in records.values()}
        people |= {record.recorded_by for record in records.values()}
        people |= {admission.reviewed_by} if admission else set()
        earlier = unit.decisions.of_case(candidate_id, framework_id, role_id)
        people |= {decision.decided_by for decision in earlier}
        names = {user_id: unit.users.get(user_id).display_name for user_id in people}
        framework = unit.frameworks.get(framework_id, found.assessment.framework_version)
        # The last one: a correction is a decision too, and its certificate is the one that stands.
        granted = next(
            (
                decision
                for decision in reversed(earlier)
                if decision.outcome is DecisionOutcome.GRANTED
                and decision.framework_version == framework.version
            ),
            None,
        )
        certificate = unit.certificates.by_decision(granted.id) if granted else None
    return Dossier(
        case=found,
        framework=framework,
        admission=admission,
        records=records,
        names=names,
        earlier=earlier,
        granted=granted,
        certificate=certificate,
    )


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
        "certifier/certificate.html", row=row, stands=stands, events=events, steps=steps, error=error
    )
