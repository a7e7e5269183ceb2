"""Only the holder makes a certificate public, and only the holder makes it private again (GDPR, 7(3))."""

from __future__ import annotations

from certify.clock import Clock
from certify.errors import NotFound
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.ports import Database, UnitOfWork
from certify.publicity.model import PublicityEvent


def set_public(database: Database, clock: Clock, by: User, certificate_id: str, *, public: bool) -> bool:
    """Make a certificate public or private; return False where it is so already.

    Raises:
        NotFound: ``by`` holds no such certificate.
        Conflict: Somebody changed it at the same time.
    """
    require(by, UserRole.CANDIDATE)
    with database.writing() as unit:
        row = unit.certificates.by_id(certificate_id)
        if row is None or row.sha256 is None or row.candidate_id != by.candidate_id:
            raise NotFound("You hold no such certificate.", where="certificate")
        last = unit.publicity.last(certificate_id)
        if (last is not None and last.public) is public:
            return False
        event = PublicityEvent(
            certificate_id=certificate_id,
            sequence=last.sequence + 1 if last else 1,
            public=public,
            acted_by=by.id,
            acted_at=clock(),
        )
        unit.publicity.add(event)
    return True


def is_public(unit: UnitOfWork, certificate_id: str) -> bool:
    """Tell whether the holder made a certificate public."""
    last = unit.publicity.last(certificate_id)
    return last is not None and last.public
