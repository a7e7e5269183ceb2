"""Who issues, and the keys that the issuer has ever published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class KeyKind(StrEnum):
    """The two kinds of key that sign credentials; both sign JWTs, only Ed25519 makes embedded proofs."""

    ED25519 = "ed25519"
    P256 = "p256"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerProfile:
    """The awarding body, as its credentials name it.

    Attributes:
        public_base: Address of the installation, without a slash at its end; the DID follows from it.
        name: The awarding body's name, in the credential's language.
        website: Its own address.
        country: ISO 3166-1 alpha-2 code.
    """

    public_base: str
    name: str
    website: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """A public key of the issuer.

    Attributes:
        id: Its name within the DID document, used as the fragment.
        public: Ed25519: the 32 bytes of RFC 8032. P-256: the compressed point, 33 bytes (SEC 1, 2.3.3).
        retired_at: When it stopped signing; what it signed before stays valid. None while it signs.
    """

    id: str
    kind: KeyKind
    public: bytes
    made_at: datetime
    retired_at: datetime | None = None


class CredentialSigner(Protocol):
    """Signs credentials with one key of each kind; the private keys stay inside."""

    @property
    def eddsa_key_id(self) -> str:
        """Name of the Ed25519 key, as in `PublishedKey`."""

    @property
    def es256_key_id(self) -> str:
        """Name of the P-256 key."""

    @property
    def usable_from(self) -> datetime:
        """When the later of both keys was made."""

    def sign_eddsa(self, message: bytes) -> bytes:
        """Return the 64 bytes of an Ed25519 signature (RFC 8032)."""

    def sign_es256(self, message: bytes) -> bytes:
        """Return the 64 bytes r and s of an ECDSA signature with SHA-256 (RFC 7518, 3.4), the same every time."""


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """One credential in its three securings, all of the same statements.

    Attributes:
        json: With an embedded proof; UTF-8, attached to the certificate as ``credential.json``.
        jwt_eddsa: As a JWT (``application/vc+jwt``) signed with Ed25519.
        jwt_es256: As a JWT signed with P-256.
    """

    json: bytes
    jwt_eddsa: str
    jwt_es256: str
