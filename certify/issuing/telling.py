"""Letters to holders about their certificates, queued by the transaction that changes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from certify.award.record import AwardRecord
from certify.issuing.model import CertificateRow
from certify.mail.model import LetterKind
from certify.mail.service import tell
from certify.people.model import Candidate
from certify.ports import UnitOfWork


def tell_holders(unit: UnitOfWork, rows: Sequence[CertificateRow], at: datetime) -> None:
    """Queue a letter to each holder who has an e-mail address: the certificate is there."""
    for row in rows:
        holder = unit.candidates.get(row.candidate_id)
        values = values_of(row.award, holder)
        tell(unit, LetterKind.CERTIFICATE_ISSUED, holder.email, at, values, holder.language)


def values_of(award: AwardRecord, holder: Candidate) -> dict[str, str]:
    """Return what a letter about a certificate says of it."""
    return {
        "name": holder.name.native,
        "title": award.role_title,
        "number": award.number,
        "valid_until": award.valid_until.isoformat(),
        "address": award.verification_url,
    }
