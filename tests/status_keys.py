"""Keys that sign credentials, from a fixed seed: the same in every run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from small_scheme import NOW

from certify.credential.model import KeyKind, PublishedKey


@dataclass(frozen=True)
class IssuerKeys:
    """Meets `certify.credential.model.CredentialSigner`, but for P-256, which signs no status list."""

    seed: bytes = bytes(range(32))
    eddsa_key_id: str = "credential-1"
    usable_from: datetime = NOW

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def es256_key_id(self) -> str:
        raise AssertionError("status lists are signed with Ed25519")

    def sign_eddsa(self, message: bytes) -> bytes:
        return self.key.sign(message)

    def sign_es256(self, message: bytes) -> bytes:
        del message
        raise AssertionError("status lists are signed with Ed25519")

    @property
    def private(self) -> bytes:
        return self.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def published(self, retired_at: datetime | None = None) -> tuple[PublishedKey, ...]:
        return (
            PublishedKey(
                id=self.eddsa_key_id,
                kind=KeyKind.ED25519,
                public=self.public,
                made_at=self.usable_from,
                retired_at=retired_at,
            ),
        )
