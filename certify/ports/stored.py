"""What one look into the register tells of a certificate."""

from __future__ import annotations

from dataclasses import dataclass

from certify.parts import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCertificate:
    """An issued certificate as it is stored, nothing of it read yet.

    Attributes:
        award: The canonical JSON of what varies from award to award (`certify.award.canonical.varying_text`).
        award_kind: SHA-256 of what all awards of its kind say; empty where the two are not stored apart.
        sha256: Of the file, as the register has it.
        head: The beginning of the file, which many share.
        tail: The rest of it.
        credential_sha256: Of the credential in it, as the register has it.
        holder_now: The holder's native, Latin and printed name of today.
        plain: Its status never changed, and nothing was added behind its file.
    """

    award: str
    award_kind: str
    sha256: str
    head: Head
    tail: bytes
    credential_sha256: str
    holder_now: tuple[str, str, str]
    plain: bool
