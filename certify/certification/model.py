"""The certification decision (ISO/IEC 17024, 9.4): who decided what, on which results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from certify.eligibility.model import Assessment


class CaseName(NamedTuple):
    """What tells one case of a scheme from the others: whom to certify, for which role or unit.

    Attributes:
        reference: The candidate's, which cases are ordered by; empty where nobody asked for it.
    """

    candidate_id: str
    role_id: str
    reference: str = ""


class DecisionOutcome(StrEnum):
    """Granted or refused."""

    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A candidate's wish to be certified for a unit (ISO/IEC 17024:2012, 9.1); append-only.

    Roles need none: whoever belongs to a cohort seeks its role.

    Attributes:
        role_id: The unit's id.
        applied_by: The candidate's own user, or a colleague who took the wish down.
    """

    candidate_id: str
    framework_id: str
    role_id: str
    applied_by: str
    applied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationDecision:
    """An append-only decision that pins the framework version and the results it was made on.

    Attributes:
        sequence: 1 for the first decision on this candidate, framework and role; unique with them,
            so that two certifiers who decide at once cannot both succeed.
        assessment: The results as they were; its framework version and digest are the pinned ones.
        reason: Required when refusing.
        declaration_id: The decider's word that they have no conflict of interest in the candidate; None only
            in decisions of before there were declarations.
        language: Of the certificate, one of the framework's; empty for the usual one.
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
    declaration_id: str | None = None
    language: str = ""
