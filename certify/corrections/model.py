"""A correction as plain values: what is wrong, who says so with what evidence, and who ruled on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certify.people.model import HolderName


class CorrectionGround(StrEnum):
    """NAME: the holder's name is wrong or has changed. RECORD: a training record behind it was corrected."""

    NAME = "name"
    RECORD = "record"


class CorrectionState(StrEnum):
    """OPEN waits for a ruling; the others are final."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A request to correct one certificate, or the name of somebody who has none; ruled on once.

    Attributes:
        certificate_id: The certificate that is wrong. None where only the register's name is.
        name: The name to certify, where the ground is NAME.
        reason: What is wrong, and why.
        evidence: What was shown, as "passport no. 123, seen on 2 May"; may be empty for RECORD.
        evidence_digest: SHA-256 of the evidence, 64 lower-case hex digits; None where there is no file.
        ruling: Why it was refused; may be empty otherwise.
        decision_id: The certification decision that an approval is, for which the new certificate is issued.
    """

    id: str
    candidate_id: str
    certificate_id: str | None
    ground: CorrectionGround
    name: HolderName | None
    reason: str
    evidence: str
    evidence_digest: str | None
    requested_by: str
    requested_at: datetime
    state: CorrectionState = CorrectionState.OPEN
    ruling: str = ""
    ruled_by: str | None = None
    ruled_at: datetime | None = None
    decision_id: str | None = None
