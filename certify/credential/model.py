"""Who issues, and the keys that the issuer has ever published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
