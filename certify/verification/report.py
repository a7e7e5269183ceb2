"""The verification report: numbered checks, and one verdict that only a full set of passes earns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certify.award.record import AwardRecord
from certify.status.public import PublicStatus


class CheckOutcome(StrEnum):
    """The words of ETSI EN 319 102-1: INDETERMINATE means "could not tell", never "invalid"."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        number: Position in the report, from 1.
        id: Stable name, as ``signature-valid``.
        title: What is checked, as a statement that is true when it passes.
        code: Stable reason code where it did not pass; empty otherwise.
        reason: One sentence for a person: why it did not pass, or what was seen where it did.
    """

    number: int
    id: str
    title: str
    outcome: CheckOutcome
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry:
    """What the issuer's register says about one certificate.

    Attributes:
        renamed: The register now has another name for the holder than the certificate.
        credential_sha256: Of the credential in the file; empty where the register does not say.
    """

    award: AwardRecord
    sha256: str
    status: PublicStatus
    renamed: bool = False
    credential_sha256: str = ""


class Level(StrEnum):
    """How long a signature can be relied on (ETSI EN 319 142-1, 6): with its time proven, and kept proven."""

    B_B = "B-B"
    B_T = "B-T"
    B_LTA = "B-LTA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whose key signed, as its X.509 certificate says; to be believed where check 5 passed.

    Attributes:
        name: Common name of the signer.
        authority: Common name of who certified it.
        key: The kind of key, as ``EC on NIST P-256``.
        certificate_sha256: SHA-256 of the signer's certificate, in lower-case hexadecimal digits.
    """

    name: str
    authority: str
    key: str
    certificate_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """Three facts about a signature, never one, and when it was made.

    Attributes:
        intact: The signed bytes are as they were, and only permitted timestamps follow them.
        valid: The signature is its signer's, in its one spelling.
        trusted: The signer was certified by a trusted authority.
        level: What trusted timestamps make of it.
        claimed_at: When the signer says it signed.
        proven_at: When a trusted timestamp authority first saw the signature; None where none did.
        signer: Whose key it claims to be; None where the signer's certificate cannot be read.
    """

    intact: bool
    valid: bool
    trusted: bool
    level: Level
    claimed_at: datetime
    proven_at: datetime | None
    signer: Signer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A verification's outcome.

    Attributes:
        required: Ids of the checks that must all be present and passed.
        award: The certified facts, where they could be read from a source the checks vouch for.
        status: What stands now, where it could be asked.
        signature: What is known of the file's signature; None where the file has none of ours.
        renamed: The register now has another name for the holder.
    """

    subject: str
    required: tuple[str, ...]
    checks: tuple[Check, ...]
    award: AwardRecord | None = None
    status: PublicStatus | None = None
    signature: SignatureFacts | None = None
    renamed: bool = False

    @property
    def verdict(self) -> CheckOutcome:
        """FAILED if any check failed; PASSED only if every required check is present and passed."""
        outcomes: Mapping[str, CheckOutcome] = {check.id: check.outcome for check in self.checks}
        if CheckOutcome.FAILED in outcomes.values():
            return CheckOutcome.FAILED
        asked = bool(self.required) and all(
            outcomes.get(name) is CheckOutcome.PASSED for name in self.required
        )
        clean = CheckOutcome.INDETERMINATE not in outcomes.values()
        return CheckOutcome.PASSED if asked and clean else CheckOutcome.INDETERMINATE
