"""The certification decision (ISO/IEC 17024, 9.4): who decided what, on which results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certify.eligibility.model import Assessment


class DecisionOutcome(StrEnum):
    """Granted or refused."""

    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationDecision:
    """An append-only decision that pins the framework version and the results it was made on.

    Attributes:
        sequence: 1 for the first decision on this candidate, framework and role; unique with them,
            so that two certifiers who decide at once cannot both succeed.
        assessment: The results as they were; its framework version and digest are the pinned ones.
        reason: Required when refusing.
    """

    id: str
    candidate_id: str
    framework_id: str
    framework_version: str
    role_id: str
    sequence: int
    outcome: DecisionOutcome
    reason: str
    assessment: Assessment
    decided_by: str
    decided_at: datetime
