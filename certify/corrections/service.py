"""Ask for a correction, rule on it, and let the new certificate take the old one's place.

    1 somebody asks: the holder for their own name, a certifier or administrator for a name or a record
    2 a certifier who did not ask, did not train and is not the holder approves or refuses; an approval is a
      certification decision of its own, so that "one certificate for each decision" holds here too
    3 the decision is issued like any other (`certify.issuing.service`), from the award that it corrects
    4 `supersede` ends the old certificate in the transaction that stores the new one's bytes

So at every moment exactly one of the two stands: the old one until 4 is committed, the new one from then on. A
crash before 4 leaves the old one in force and an intent that the next run finishes; the database refuses
to turn a correction into an issued certificate while the one that it corrects is not superseded by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from certify.award.record import AwardRecord
from certify.certification.model import CertificationDecision, DecisionOutcome
from certify.certification.rules import may_grant
from certify.clock import Clock, utc_day
from certify.corrections.model import Correction, CorrectionGround, CorrectionState
from certify.corrections.rules import check_correctable, corrected_award, ruled
from certify.eligibility.model import Assessment
from certify.eligibility.rules import assess
from certify.eligibility.service import facts_of
from certify.errors import Conflict, FourEyes, NotEligible, NotFound
from certify.identifiers import new_identifier
from certify.impartiality.service import declaration_for, hindrance
from certify.issuing.model import CertificateRow, CertificateState
from certify.mail.model import LetterKind
from certify.mail.service import tell
from certify.organisations.service import administers, certifier_sees, require_body
from certify.people.model import HolderName, User, UserRole
from certify.people.permits import require
from certify.people.typed import clean_digest, clean_title
from certify.ports import Database, UnitOfWork
from certify.privacy.service import require_open
from certify.status.model import StatusAction, StatusEntry, StatusEvent, StatusReason
from certify.status.service import standing


class Drawing(Protocol):
    """Draws an award once its place in the status lists is reserved."""

    def __call__(self, *, place: StatusEntry) -> AwardRecord:
        """Return the award."""


Proof = Callable[[AwardRecord], None]
"""Raises LintFailed or UnprintableName for an award that could not be issued (`Issuer.prove`)."""


def request_name(
    database: Database,
    clock: Clock,
    by: User,
    candidate_id: str,
    name: HolderName,
    *,
    reason: str,
    evidence: str,
    evidence_digest: str | None = None,
) -> Sequence[Correction]:
    """Ask for another name: one request for each certificate in force that says the old one.

    Somebody who has no such certificate asks for the register's name alone.

    Raises:
        NotPermitted: ``by`` is neither the candidate nor a certifier or administrator.
        InvalidInput: No reason, or nothing that shows the name.
        Conflict: It is the name already, or a certificate waits for a ruling on another correction.
    """
    if by.candidate_id != candidate_id:
        require(by, UserRole.CERTIFIER, UserRole.ADMINISTRATOR)
    now = clock()
    first = Correction(
        id=new_identifier(),
        candidate_id=candidate_id,
        certificate_id=None,
        ground=CorrectionGround.NAME,
        name=name,
        reason=clean_title(reason, "reason"),
        evidence=clean_title(evidence, "evidence"),
        evidence_digest=clean_digest(evidence_digest),
        requested_by=by.id,
        requested_at=now,
    )
    with database.writing() as unit:
        person = unit.candidates.get(candidate_id)
        if by.candidate_id != candidate_id:
            _check_sees(unit, by, candidate_id)
        wrong = [
            row
            for row in unit.certificates.of_candidate(candidate_id)
            if row.award.holder != name and _correctable(unit, row, now)
        ]
        if not wrong and person.name == name:
            raise Conflict("This is the name on record already.", where="name")
        asked = [replace(first, id=new_identifier(), certificate_id=row.id) for row in wrong] or [first]
        for correction in asked:
            unit.corrections.add(correction)
    return asked


def request_record(
    database: Database,
    clock: Clock,
    by: User,
    certificate_id: str,
    reason: str,
    evidence: str = "",
    evidence_digest: str | None = None,
) -> Correction:
    """Ask to issue a certificate anew from training records that were corrected since.

    Raises:
        NotPermitted: ``by`` is no certifier or administrator.
        Conflict: The certificate is not in force, or waits for a ruling on another correction.
    """
    require(by, UserRole.CERTIFIER, UserRole.ADMINISTRATOR)
    now = clock()
    with database.writing() as unit:
        row = unit.certificates.get(certificate_id)
        _check_sees(unit, by, row.candidate_id)
        if row.state is not CertificateState.ISSUED:
            raise NotFound("This certificate is not issued yet.", where="certificate")
        check_correctable(row.award, standing(unit, row.id), utc_day(now))
        correction = Correction(
            id=new_identifier(),
            candidate_id=row.candidate_id,
            certificate_id=row.id,
            ground=CorrectionGround.RECORD,
            name=None,
            reason=clean_title(reason, "reason"),
            evidence=clean_title(evidence, "evidence", required=False),
            evidence_digest=clean_digest(evidence_digest),
            requested_by=by.id,
            requested_at=now,
        )
        unit.corrections.add(correction)
    return correction


def approve(database: Database, clock: Clock, by: User, correction_id: str, prove: Proof) -> Correction:
    """Approve a request: the register's name changes, and the new certificate is decided on.

    The certificate still has to be issued, for the decision that the correction names afterwards.

    Args:
        prove: Tries whether the new certificate could be issued, before anything is decided.

    Raises:
        NotPermitted: ``by`` is no certifier.
        ConflictUndeclared: ``by`` did not declare whether they have a conflict of interest in the holder.
        FourEyes: ``by`` asked, is the candidate, trained or recorded something relied on, or declared a conflict.
        Conflict: Somebody ruled on it first, the certificate is not in force, or nothing would change.
        NotEligible: With the records as they are now, the certification would not be granted.
        LintFailed: The new certificate could not be issued, for instance as its name cannot be printed.
    """
    require(by, UserRole.CERTIFIER)
    now = clock()
    with database.reading() as unit:
        correction = unit.corrections.get(correction_id)
        require_open(unit, correction.candidate_id)
        _check_before(unit, correction, by)
        ruled(correction, CorrectionState.APPROVED, by, now)
        trial = _trial(unit, correction, now)
    if trial is not None:
        prove(trial)
    with database.writing() as unit:
        correction = unit.corrections.get(correction_id)
        unit.holders.hold(correction.candidate_id)
        require_open(unit, correction.candidate_id)
        decision = _decision(unit, correction, by, now)
        decision_id = decision.id if decision else None
        done = ruled(correction, CorrectionState.APPROVED, by, now, decision_id=decision_id)
        if decision is not None:
            unit.decisions.add(decision)
        unit.corrections.rule(done)
        if correction.name is not None:
            person = unit.candidates.locked(correction.candidate_id)
            unit.candidates.replace(replace(person, name=correction.name))
        _tell(unit, done, LetterKind.CORRECTION_APPROVED, now)
    return done


def refuse(database: Database, clock: Clock, by: User, correction_id: str, reason: str) -> Correction:
    """Refuse a request, saying why; the certificate stays as it is."""
    require(by, UserRole.CERTIFIER)
    why = clean_title(reason, "reason")
    now = clock()
    with database.writing() as unit:
        correction = unit.corrections.get(correction_id)
        _check_before(unit, correction, by)
        done = ruled(correction, CorrectionState.REFUSED, by, now, why)
        unit.corrections.rule(done)
        _tell(unit, done, LetterKind.CORRECTION_REFUSED, now, ruling=why)
    return done


def withdraw(database: Database, clock: Clock, by: User, correction_id: str) -> Correction:
    """Take back one's own request."""
    with database.writing() as unit:
        done = ruled(unit.corrections.get(correction_id), CorrectionState.WITHDRAWN, by, clock())
        unit.corrections.rule(done)
    return done


def draw_correction(
    unit: UnitOfWork, decision: CertificationDecision, *, at: datetime, public_base: str
) -> Drawing | None:
    """Return how to draw the award of a decision that approved a correction; None for any other decision.

    Raises:
        Conflict: The certificate to correct is no longer in force.
    """
    correction = unit.corrections.by_decision(decision.id)
    if correction is None or correction.certificate_id is None:
        return None
    old = unit.certificates.get(correction.certificate_id)
    check_correctable(old.award, standing(unit, old.id), utc_day(at))
    return _drawing(unit, correction, old, decision.assessment, at, public_base)


def supersede(unit: UnitOfWork, certificate_id: str, at: datetime) -> None:
    """End the certificate that this one corrects; call it in the transaction that stores the bytes, just before.

    Nothing happens where it corrects none, or was stored already.

    Raises:
        Conflict: The old certificate was suspended or revoked meanwhile; the new one is not issued.
        StatusTransition: Somebody changed the old one's status in this very moment; try again.
    """
    row = unit.certificates.locked(certificate_id)
    if row.award.supersedes is None or row.state is CertificateState.ISSUED:
        return
    old = unit.certificates.get(row.award.supersedes)
    check_correctable(old.award, standing(unit, old.id), utc_day(row.award.issued_at))
    unit.certificates.add_event(
        StatusEvent(
            id=new_identifier(),
            certificate_id=old.id,
            sequence=len(unit.certificates.events(old.id)) + 1,
            action=StatusAction.REVOKE,
            reason=StatusReason.SUPERSEDED,
            note="",
            acted_by=unit.decisions.get(row.decision_id).decided_by,
            acted_at=at,
            superseded_by=row.id,
        )
    )


def _tell(unit: UnitOfWork, ruled_on: Correction, kind: LetterKind, at: datetime, **more: str) -> None:
    """Queue a letter to the person who asked."""
    asked_by = unit.users.get(ruled_on.requested_by)
    values = {"name": asked_by.display_name, "reason": ruled_on.reason, **more}
    tell(unit, kind, asked_by.email, at, values, asked_by.language)


def _check_before(unit: UnitOfWork, correction: Correction, by: User) -> None:
    """Whoever rules belongs to the scheme's certification body; on a mere name, whoever sees the person."""
    if correction.certificate_id is not None:
        require_body(unit, by, unit.certificates.get(correction.certificate_id).award.framework_id)
    else:
        _check_sees(unit, by, correction.candidate_id)


def _check_sees(unit: UnitOfWork, by: User, candidate_id: str) -> None:
    candidate = unit.candidates.get(candidate_id)
    if not (certifier_sees(unit, by, candidate) or administers(unit, by, candidate.organisation_id)):
        raise NotFound("There is no such candidate.")


def _correctable(unit: UnitOfWork, row: CertificateRow, now: datetime) -> bool:
    if row.state is not CertificateState.ISSUED:
        return False
    try:
        check_correctable(row.award, standing(unit, row.id), utc_day(now))
    except Conflict:
        return False
    return True


def _assessed(unit: UnitOfWork, correction: Correction, old: CertificateRow, now: datetime) -> Assessment:
    """Return what the new certificate relies on.

    A name changes nothing of it. A corrected record does, so the rules run again, under the framework version
    that the certificate names.
    """
    check_correctable(old.award, standing(unit, old.id), utc_day(now))
    decision = unit.decisions.get(old.decision_id)
    if correction.ground is CorrectionGround.NAME:
        if any(unit.completions.superseded_by(name) for name in decision.assessment.relied_on):
            raise Conflict(
                "A training record that the certificate relies on was corrected since.",
                where=old.award.number,
                fix="correct the certificate for its records first",
            )
        return decision.assessment
    framework = unit.frameworks.get(decision.framework_id, decision.framework_version)
    assessment = assess(facts_of(unit, old.candidate_id, framework, decision.role_id, utc_day(now)))
    if not may_grant(assessment):
        unmet = ", ".join(result.subject or result.rule for result in assessment.unmet)
        raise NotEligible(
            f"With the records as they are now, not every requirement is met: {unmet}.",
            fix="revoke the certificate instead",
        )
    return assessment


def _decision(
    unit: UnitOfWork, correction: Correction, by: User, now: datetime
) -> CertificationDecision | None:
    """The certification decision that an approval is; None where there is no certificate to correct."""
    if correction.certificate_id is None:
        return None
    old = unit.certificates.get(correction.certificate_id)
    assessment = _assessed(unit, correction, old, now)
    forbidden = hindrance(unit, by, assessment, unit.completions.of_candidate(old.candidate_id))
    if forbidden:
        raise FourEyes(str(forbidden), fix="another certifier rules on it")
    decision = unit.decisions.get(old.decision_id)
    earlier = unit.decisions.of_case(old.candidate_id, decision.framework_id, decision.role_id)
    return replace(
        decision,
        id=new_identifier(),
        sequence=len(earlier) + 1,
        outcome=DecisionOutcome.GRANTED,
        reason=correction.reason,
        assessment=assessment,
        decided_by=by.id,
        decided_at=now,
        declaration_id=declaration_for(unit, by, old.candidate_id).id,
    )


def _trial(unit: UnitOfWork, correction: Correction, now: datetime) -> AwardRecord | None:
    """The award as it would be issued, in a place of the status lists that it will not have."""
    if correction.certificate_id is None:
        return None
    old = unit.certificates.get(correction.certificate_id)
    public_base = old.award.verification_url.removesuffix(f"/v/{old.id}")
    assessment = _assessed(unit, correction, old, now)
    return _drawing(unit, correction, old, assessment, now, public_base)(place=StatusEntry(1, 0))


def _drawing(
    unit: UnitOfWork,
    correction: Correction,
    old: CertificateRow,
    assessment: Assessment,
    at: datetime,
    public_base: str,
) -> Drawing:
    minutes = old.award.workload_minutes
    if correction.ground is CorrectionGround.RECORD:
        minutes = sum(unit.completions.get(name).workload_minutes for name in assessment.relied_on)
        if minutes == old.award.workload_minutes:
            raise Conflict(
                "The corrected records change nothing that the certificate says.",
                where=old.award.number,
                fix="refuse the request",
            )
    holder = correction.name or old.award.holder
    return partial(corrected_award, old.award, holder, minutes, at=at, public_base=public_base)
