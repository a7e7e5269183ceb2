"""Whom to remind that a certificate ends soon: always a list first, and letters only for who is named on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from certify.audit.model import AuditAction, AuditFilter, SubjectKind
from certify.clock import utc_day
from certify.issuing.model import CertificateRow
from certify.issuing.telling import values_of
from certify.mail.model import Letter, LetterKind, letter
from certify.people.model import Candidate, User, UserRole
from certify.people.permits import require
from certify.ports import UnitOfWork
from certify.status.model import CertificateStatus
from certify.status.service import standing

AGAIN_AFTER = timedelta(days=30)
"""Within so long nobody is proposed for the same letter twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One certificate that ends soon.

    Attributes:
        hindrance: ``no-address`` or ``stopped`` where no letter can go; empty otherwise.
        reminded_at: When its holder was last reminded of it.
    """

    row: CertificateRow
    holder: Candidate
    hindrance: str
    reminded_at: datetime | None

    def proposed(self, now: datetime) -> bool:
        """Tell whether to propose a letter."""
        return not self.hindrance and (self.reminded_at is None or now - self.reminded_at > AGAIN_AFTER)


def ending(unit: UnitOfWork, now: datetime, days: int) -> Sequence[Reminder]:
    """Return the certificates in force that end within so many days, the earliest first."""
    today = utc_day(now)
    soon = [
        row
        for row in unit.certificates.ending(today, today + timedelta(days=days))
        if standing(unit, row.id).status is CertificateStatus.ACTIVE
    ]
    reminded = _reminded(unit, {row.id for row in soon})
    found = []
    for row in sorted(soon, key=lambda item: (item.award.valid_until, item.award.number)):
        holder = unit.candidates.get(row.candidate_id)
        hindrance = ""
        if not holder.email:
            hindrance = "no-address"
        elif unit.outbox.stopped(holder.email, LetterKind.CERTIFICATE_ENDS):
            hindrance = "stopped"
        found.append(Reminder(row=row, holder=holder, hindrance=hindrance, reminded_at=reminded.get(row.id)))
    return found


def written(reminder: Reminder, now: datetime) -> Letter:
    """Return the letter as it would be queued; raises InvalidInput for an address that none can go to."""
    return letter(
        LetterKind.CERTIFICATE_ENDS,
        reminder.holder.email or "",
        now,
        values_of(reminder.row.award, reminder.holder),
        language=reminder.holder.language,
    )


def remind(unit: UnitOfWork, by: User, now: datetime, days: int, certificate_ids: Iterable[str]) -> int:
    """Queue a letter for each of these certificates that still ends soon; return how many."""
    require(by, UserRole.ADMINISTRATOR)
    wanted = frozenset(certificate_ids)
    count = 0
    for reminder in ending(unit, now, days):
        if reminder.row.id in wanted and not reminder.hindrance:
            unit.outbox.put(written(reminder, now))
            unit.trail.put(
                by.id,
                AuditAction.LETTERS_QUEUED,
                SubjectKind.CERTIFICATE,
                reminder.row.id,
                LetterKind.CERTIFICATE_ENDS.value,
                reminder.holder.id,
            )
            count += 1
    return count


def _reminded(unit: UnitOfWork, certificate_ids: set[str]) -> dict[str, datetime]:
    if not certificate_ids:
        return {}
    asked = AuditFilter(action=AuditAction.LETTERS_QUEUED, about=frozenset(certificate_ids))
    found: dict[str, datetime] = {}
    for entry in unit.trail.search(asked, 10 * len(certificate_ids)):
        found.setdefault(entry.subject_id, entry.at)
    return found
