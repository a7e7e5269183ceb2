"""A certificate's row in the register: the intent first, then the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certify.award.record import AwardRecord


class CertificateState(StrEnum):
    """PREPARED: the intent is committed, nothing is signed yet. ISSUED: signed bytes are stored."""

    PREPARED = "prepared"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """A certificate as the register holds it; ``award`` never changes after prepare.

    Attributes:
        decision_id: Unique: one certificate per decision.
        key_id: The signing key that the intent pins.
        sha256: Of the issued PDF, 64 hex digits; None while prepared.
    """

    id: str
    decision_id: str
    candidate_id: str
    award: AwardRecord
    key_id: str
    state: CertificateState
    prepared_at: datetime
    sha256: str | None = None
    stored_at: datetime | None = None
