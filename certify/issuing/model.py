"""A certificate's row in the register: the intent first, then the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certify.award.record import AwardRecord
from certify.parts import Parted
from certify.people.model import HolderName


class CertificateState(StrEnum):
    """PREPARED: the intent is committed, nothing is signed yet. ISSUED: signed bytes are stored."""

    PREPARED = "prepared"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedCase:
    """A decision with what its certificate is drawn from.

    Attributes:
        granted: False where the decision refused the certification.
        corrects: The decision approved a correction, so that its award is drawn from the one that it corrects.
        workload_minutes: Of all the records that the decision relies on.
        language: That the decision chose for the certificate; empty for the usual one.
    """

    decision_id: str
    candidate_id: str
    framework_id: str
    framework_version: str
    role_id: str
    granted: bool
    corrects: bool
    decided_at: datetime
    holder: HolderName
    workload_minutes: int
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """A certificate as the register holds it; ``award`` never changes after prepare.

    Attributes:
        decision_id: Unique: one certificate per decision.
        key_id: The signing key that the intent pins.
        credential_key_ids: The Ed25519 and the P-256 key that the intent pins for its credential. None in an
            intent that an earlier version made, whose certificates held none.
        sha256: Of the issued PDF, 64 hex digits; None while prepared.
        credential_sha256: Of the ``credential.json`` in it, 64 hex digits; None where there is none.
    """

    id: str
    decision_id: str
    candidate_id: str
    award: AwardRecord
    key_id: str
    credential_key_ids: tuple[str, str] | None
    state: CertificateState
    prepared_at: datetime
    sha256: str | None = None
    stored_at: datetime | None = None
    credential_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class TokenSignatures:
    """The 64 bytes by which each of the two keys secures one credential as a JWT.

    The rest of a token follows from the attached credential (`certify.credential.jwt.rebuilt`), so only they are kept.
    """

    eddsa: bytes
    es256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCertificate:
    """What was made of an intent, checked and ready to be stored.

    Attributes:
        proven_at: When a timestamp in the file proves that its signature existed.
        credential_key_ids: The Ed25519 and the P-256 key that signed the credential.
        credential_sha256: Of the attached ``credential.json``, 64 hex digits.
    """

    certificate_id: str
    pdf: Parted
    proven_at: datetime | None
    credential_key_ids: tuple[str, str]
    credential_sha256: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, 64 hex digits."""
        return self.pdf.sha256
