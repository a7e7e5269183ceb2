"""Whose records a signed-in person may see. What is not theirs answers as what does not exist."""

from __future__ import annotations

from certify.corrections.model import Correction
from certify.errors import FourEyes, NotFound
from certify.framework.model import Framework
from certify.identifiers import parse_identifier
from certify.issuing.model import CertificateRow
from certify.people.model import Candidate, Cohort, User, UserRole
from certify.ports import UnitOfWork


def framework_for(unit: UnitOfWork, framework_id: str = "") -> Framework:
    """Return the latest version of a framework; of the newest published where none is named."""
    if framework_id:
        return unit.frameworks.latest(framework_id)
    published = unit.frameworks.all()
    if not published:
        raise NotFound("No competence framework is published yet.", fix="certify framework load FILE")
    return unit.frameworks.latest(published[-1][0])


def cohort_for(unit: UnitOfWork, by: User, cohort_id: str) -> Cohort:
    """Return a cohort that ``by`` trains; any for an administrator."""
    cohort = unit.cohorts.get(cohort_id)
    if UserRole.ADMINISTRATOR in by.roles or (UserRole.TRAINER in by.roles and by.id in cohort.trainer_ids):
        return cohort
    raise NotFound("No such cohort.", where="cohort")


def trains(unit: UnitOfWork, by: User, candidate_id: str) -> bool:
    """Tell whether ``by`` trains a cohort that the candidate belongs to."""
    memberships = unit.cohorts.of_candidate(candidate_id)
    return any(by.id in unit.cohorts.get(member.cohort_id).trainer_ids for member in memberships)


def candidate_for(unit: UnitOfWork, by: User, candidate_id: str) -> Candidate:
    """Return a candidate: oneself, a member of an own cohort, or anybody for those who certify or administer."""
    candidate = unit.candidates.get(candidate_id)
    if (
        by.roles & {UserRole.CERTIFIER, UserRole.ADMINISTRATOR}
        or (UserRole.CANDIDATE in by.roles and by.candidate_id == candidate.id)
        or (UserRole.TRAINER in by.roles and trains(unit, by, candidate.id))
    ):
        return candidate
    raise NotFound("No such candidate.", where="candidate")


def own_candidate(unit: UnitOfWork, by: User) -> Candidate:
    """Return the candidate that the signed-in person is."""
    if by.candidate_id is None:
        raise NotFound("You are no candidate here.", fix="ask an administrator")
    return unit.candidates.get(by.candidate_id)


def certificate_for(unit: UnitOfWork, by: User, certificate_id: str) -> CertificateRow:
    """Return a certificate: one's own, or any for those who certify or administer."""
    row = unit.certificates.get(parse_identifier(certificate_id))
    if by.roles & {UserRole.CERTIFIER, UserRole.ADMINISTRATOR} or (
        UserRole.CANDIDATE in by.roles and by.candidate_id == row.candidate_id
    ):
        return row
    raise NotFound("No such certificate.", where="certificate")


def correction_for(unit: UnitOfWork, by: User, correction_id: str) -> Correction:
    """Return a request for a correction: of one's own certificate, or any for those who certify or administer."""
    correction = unit.corrections.get(parse_identifier(correction_id))
    if by.roles & {UserRole.CERTIFIER, UserRole.ADMINISTRATOR} or (
        UserRole.CANDIDATE in by.roles and by.candidate_id == correction.candidate_id
    ):
        return correction
    raise NotFound("No such request.", where="correction")


def may_review(unit: UnitOfWork, by: User, candidate_id: str) -> None:
    """Raise FourEyes where ``by`` trains the candidate whose qualification they would review."""
    if trains(unit, by, candidate_id):
        raise FourEyes("You train this candidate.", fix="another certifier or administrator reviews it")
