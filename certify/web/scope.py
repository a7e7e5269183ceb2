"""Whose records a signed-in person may see. What is not theirs answers as what does not exist, in the same words."""

from __future__ import annotations

from certify.completions.model import CompletionRecord
from certify.corrections.model import Correction
from certify.errors import FourEyes, NotFound
from certify.framework.model import Framework
from certify.identifiers import parse_identifier
from certify.issuing.model import CertificateRow
from certify.organisations.service import (
    administers,
    certifier_sees,
    certifies,
    require_body,
    require_operator,
    schemes_of,
)
from certify.people.model import Candidate, Cohort, User, UserRole
from certify.ports import UnitOfWork
from certify.web.sessions import current_user
from certify.web.state import services


def operator_only() -> None:
    """Refuse, before a request, whoever does not administer the installation as a whole.

    Raises:
        NotPermitted: The person administers one organisation only.
    """
    with services().database.reading() as unit:
        require_operator(unit, current_user())


def framework_for(unit: UnitOfWork, framework_id: str = "") -> Framework:
    """Return the latest version of a framework; of the newest published where none is named."""
    if framework_id:
        return unit.frameworks.latest(framework_id)
    published = unit.frameworks.all()
    if not published:
        raise NotFound("No competence framework is published yet.", fix="certify framework load FILE")
    return unit.frameworks.latest(published[-1][0])


def cohort_for(unit: UnitOfWork, by: User, cohort_id: str) -> Cohort:
    """Return a cohort that ``by`` trains; any of their organisation for an administrator."""
    cohort = unit.cohorts.get(cohort_id)
    if administers(unit, by, cohort.organisation_id) or _trained_by(cohort, by):
        return cohort
    raise NotFound("There is no such cohort.")


def trains(unit: UnitOfWork, by: User, candidate_id: str) -> bool:
    """Tell whether ``by`` trains a cohort that the candidate belongs to."""
    memberships = unit.cohorts.of_candidate(candidate_id)
    return any(_trained_by(unit.cohorts.get(member.cohort_id), by) for member in memberships)


def _trained_by(cohort: Cohort, by: User) -> bool:
    return (
        UserRole.TRAINER in by.roles
        and by.id in cohort.trainer_ids
        and by.organisation_id == cohort.organisation_id
    )


def candidate_for(unit: UnitOfWork, by: User, candidate_id: str) -> Candidate:
    """Return a candidate: oneself, of an own cohort, of an own organisation, or before oneself as certifier."""
    candidate = unit.candidates.get(candidate_id)
    if (
        (UserRole.CANDIDATE in by.roles and by.candidate_id == candidate.id)
        or administers(unit, by, candidate.organisation_id)
        or certifier_sees(unit, by, candidate)
        or trains(unit, by, candidate.id)
    ):
        return candidate
    raise NotFound("There is no such candidate.")


def completion_for(unit: UnitOfWork, by: User, completion_id: str) -> CompletionRecord:
    """Return a training record of a candidate whom ``by`` may see."""
    record = unit.completions.get(completion_id)
    try:
        candidate_for(unit, by, record.candidate_id)
    except NotFound:
        raise NotFound("There is no such completion.") from None
    return record


def own_candidate(unit: UnitOfWork, by: User) -> Candidate:
    """Return the candidate that the signed-in person is."""
    if by.candidate_id is None:
        raise NotFound("You are no candidate here.", fix="ask an administrator")
    return unit.candidates.get(by.candidate_id)


def certificate_for(unit: UnitOfWork, by: User, certificate_id: str) -> CertificateRow:
    """Return a certificate: one's own, of an own scheme, or of a candidate of an administered organisation."""
    row = unit.certificates.get(parse_identifier(certificate_id))
    if sees_certificate(unit, by, row):
        return row
    raise NotFound("There is no such certificate.")


def correction_for(unit: UnitOfWork, by: User, correction_id: str) -> Correction:
    """Return a request for a correction: one's own, or of a certificate or person that one may see."""
    correction = unit.corrections.get(parse_identifier(correction_id))
    if sees_correction(unit, by, correction):
        return correction
    raise NotFound("There is no such request for a correction.")


def sees_certificate(unit: UnitOfWork, by: User, row: CertificateRow) -> bool:
    """Tell whether ``by`` holds the certificate, certifies under its scheme, or administers its holder."""
    return (
        (UserRole.CANDIDATE in by.roles and by.candidate_id == row.candidate_id)
        or certifies(unit, by, row.award.framework_id)
        or administers(unit, by, unit.candidates.get(row.candidate_id).organisation_id)
    )


def sees_correction(unit: UnitOfWork, by: User, correction: Correction) -> bool:
    """Tell whether ``by`` may look at a request: the holder, who rules on it, or who administers the holder."""
    if UserRole.CANDIDATE in by.roles and by.candidate_id == correction.candidate_id:
        return True
    candidate = unit.candidates.get(correction.candidate_id)
    if correction.certificate_id is None:
        return administers(unit, by, candidate.organisation_id) or certifier_sees(unit, by, candidate)
    return sees_certificate(unit, by, unit.certificates.get(correction.certificate_id))


def scheme_for(unit: UnitOfWork, by: User, framework_id: str = "") -> Framework:
    """Return the latest version of a framework that ``by`` certifies under; of their newest where none is named.

    Raises:
        NotFound: Nothing is published.
        NotPermitted: Their organisation is not its certification body.
    """
    own = schemes_of(unit, by)
    if framework_id:
        require_body(unit, by, unit.frameworks.latest(framework_id).id)
        return unit.frameworks.latest(framework_id)
    mine = [item[0] for item in unit.frameworks.all() if item[0] in own]
    if not mine:
        require_body(unit, by, framework_for(unit).id)
    return unit.frameworks.latest(mine[-1])


def may_review(unit: UnitOfWork, by: User, candidate_id: str) -> None:
    """Raise FourEyes where ``by`` trains the candidate whose qualification they would review."""
    if trains(unit, by, candidate_id):
        raise FourEyes("You train this candidate.", fix="another certifier or administrator reviews it")
