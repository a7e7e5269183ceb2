"""What the public is told of a certificate's status: a category of reason, never what happened to a person.

An employer has to know that a certificate is not to be relied on, and for how long; whether its holder was
accused of something is between them and the issuing body (GDPR, article 5(1)(c)). Notes, and the exact reason,
stay in the register, and so does a suspension that is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certify.status.model import CertificateStatus, StandingStatus, StatusReason


class PublicReason(StrEnum):
    """The categories; each holds so much that it says little of one person."""

    UNDER_REVIEW = "under_review"
    CONDITION_NOT_MET = "condition_not_met"
    RULES_NOT_KEPT = "rules_not_kept"
    ISSUED_IN_ERROR = "issued_in_error"
    HOLDER_REQUEST = "holder_request"
    SUPERSEDED = "superseded"


CATEGORY: Mapping[StatusReason, PublicReason | None] = {
    StatusReason.UNDER_INVESTIGATION: PublicReason.UNDER_REVIEW,
    StatusReason.SURVEILLANCE_OVERDUE: PublicReason.CONDITION_NOT_MET,
    StatusReason.REQUIREMENTS_NO_LONGER_MET: PublicReason.CONDITION_NOT_MET,
    StatusReason.MISCONDUCT: PublicReason.RULES_NOT_KEPT,
    StatusReason.OBTAINED_BY_FRAUD: PublicReason.RULES_NOT_KEPT,
    StatusReason.ISSUED_IN_ERROR: PublicReason.ISSUED_IN_ERROR,
    StatusReason.HOLDER_REQUEST: PublicReason.HOLDER_REQUEST,
    StatusReason.SUPERSEDED: PublicReason.SUPERSEDED,
    # After these it stands again, and a certificate that stands has no reason.
    StatusReason.INVESTIGATION_CLOSED: None,
    StatusReason.CONDITION_MET: None,
}
"""The category of every reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatus:
    """What stands, as everybody may know it; since when and why only while it does not stand."""

    status: CertificateStatus
    since: datetime | None = None
    reason: PublicReason | None = None
    superseded_by: str | None = None


def publicly(standing: StandingStatus) -> PublicStatus:
    """Return what the public is told."""
    if standing.status is CertificateStatus.ACTIVE:
        return PublicStatus(status=standing.status)
    return PublicStatus(
        status=standing.status,
        since=standing.since,
        reason=None if standing.reason is None else CATEGORY[standing.reason],
        superseded_by=standing.superseded_by,
    )
