"""Close an account: what a certificate rests on is kept under the candidate's random id, the rest is erased.

    erased    name, reference, e-mail addresses, password, sessions, tokens, letters, memberships of cohorts, the role
              chosen, shares, documents of prior qualifications, what requests for corrections said of the name and
              its reasons, and what others typed or were told of the person (`certify.db.traces`)
    kept      certificates as they were issued, with their name, and their status: whoever relies on one must still
              be able to check it; and what was decided on which records, by the candidate's random id
              (ISO/IEC 17024:2012, 7.1 and 7.4; GDPR, 17(3)(b) and (e))

Consent to publicity ends with the account (GDPR, 7(3)). It all happens in one transaction.
"""

from __future__ import annotations

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.content import ContentFolder
from certify.errors import Conflict, NotFound, NotPermitted
from certify.evidence.documents import forget_documents
from certify.organisations.service import administers
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.ports import Database, UnitOfWork
from certify.privacy.model import Closure
from certify.publicity.model import PublicityEvent


def close_account(database: Database, clock: Clock, documents: ContentFolder, by: User) -> Closure:
    """End the account of ``by``, at once and for good; whoever calls has seen them confirm it.

    Args:
        documents: Where documents of prior qualifications are kept.

    Raises:
        NotFound: ``by`` is no candidate.
        NotPermitted: The account has other roles as well, whose records need their name.
        Conflict: A certificate granted to them is not issued yet.
    """
    if by.candidate_id is None:
        raise NotFound("You are no candidate here.")
    if by.roles != {UserRole.CANDIDATE}:
        raise NotPermitted(
            "Your account is also that of a colleague.",
            fix="ask an administrator to take your other roles first",
        )
    closure = Closure(candidate_id=by.candidate_id, closed_at=clock())
    with database.writing() as unit:
        _close(unit, documents, closure, by, by)
        unit.trail.put(by.id, AuditAction.ACCOUNT_CLOSED, SubjectKind.USER, by.id, "", by.candidate_id)
    return closure


def erase_person(
    database: Database, clock: Clock, documents: ContentFolder, by: User, candidate_id: str
) -> Closure:
    """Do as `close_account` for somebody who asked for it by letter, whether they have an account or not.

    Raises:
        NotPermitted: ``by`` is no administrator, or the person's account has other roles as well.
        NotFound: There is no such candidate among those that ``by`` administers.
        Conflict: It is done already, or a certificate granted to them is not issued yet.
    """
    require(by, UserRole.ADMINISTRATOR)
    closure = Closure(candidate_id=candidate_id, closed_at=clock())
    with database.writing() as unit:
        person = unit.candidates.get(candidate_id)
        if not administers(unit, by, person.organisation_id):
            raise NotFound("There is no such candidate.")
        if unit.holders.closure(candidate_id) is not None:
            raise Conflict("This person was erased already.")
        user = next((user for user in unit.users.all() if user.candidate_id == candidate_id), None)
        if user is not None and user.roles != {UserRole.CANDIDATE}:
            raise NotPermitted(
                "Their account is also that of a colleague.", fix="take their other roles first"
            )
        _close(unit, documents, closure, by, user)
        unit.trail.put(
            by.id, AuditAction.PERSON_ERASED, SubjectKind.CANDIDATE, candidate_id, "", candidate_id
        )
    return closure


def _close(unit: UnitOfWork, documents: ContentFolder, closure: Closure, by: User, user: User | None) -> None:
    unit.holders.hold(closure.candidate_id)
    person = unit.candidates.get(closure.candidate_id)
    pending = set(unit.decisions.granted_without_certificate())
    if pending & {decision.id for decision in unit.decisions.of_candidate(person.id)}:
        whom = "you" if user is by else "them"
        raise Conflict(
            f"A certificate for {whom} is being issued.", fix="wait until it is there, then close the account"
        )
    _make_private(unit, by, closure)
    unit.holders.close(closure, user, person.email)
    forget_documents(unit, documents, closure.candidate_id)


def require_open(unit: UnitOfWork, candidate_id: str) -> None:
    """Raise Conflict where a person closed their account: nothing more is certified of them."""
    if unit.holders.closure(candidate_id) is not None:
        raise Conflict("This person closed their account.", fix="leave the case")


def _make_private(unit: UnitOfWork, by: User, closure: Closure) -> None:
    for row in unit.certificates.of_candidate(closure.candidate_id):
        last = unit.publicity.last(row.id)
        if last is not None and last.public:
            unit.publicity.add(
                PublicityEvent(
                    certificate_id=row.id,
                    sequence=last.sequence + 1,
                    public=False,
                    acted_by=by.id,
                    acted_at=closure.closed_at,
                )
            )
