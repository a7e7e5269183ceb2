"""An issuer's pair of keys, and what another program needs to check what they signed without a network."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from status_keys import IssuerKeys

from certify.credential.contexts import DID_V1, MULTIKEY_V1, OB_V3, VC_V2, load, own_context
from certify.credential.didweb import did_document
from certify.credential.model import KeyKind, PublishedKey

BASE = "https://certificates.example"
"""The public base of `awards.AWARD`."""

INTEROP = Path(__file__).parent / "interop"
_SCALAR = 0x1F2E3D4C5B6A79880716253443526170F1E2D3C4B5A697887061524334251607


@dataclass(frozen=True)
class KeyPair(IssuerKeys):
    """Meets `certify.credential.model.CredentialSigner`; the same keys in every run."""

    usable_from: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    es256_key_id: str = "credential-2"  # type: ignore[assignment]  # the parent has it as a property

    @property
    def p256(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(_SCALAR, ec.SECP256R1())

    def sign_es256(self, message: bytes) -> bytes:
        der = self.p256.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32) + s.to_bytes(32)

    @property
    def p256_public(self) -> bytes:
        return self.p256.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def published(self, retired_at: datetime | None = None) -> tuple[PublishedKey, ...]:
        second = PublishedKey(
            id=self.es256_key_id,
            kind=KeyKind.P256,
            public=self.p256_public,
            made_at=self.usable_from,
            retired_at=retired_at,
        )
        return (*super().published(retired_at), second)


KEYS = KeyPair()


def documents(base: str = BASE, keys: Sequence[PublishedKey] = ()) -> dict[str, Any]:
    """What stands at the addresses that a credential names: contexts, and the issuer's keys."""
    issuer = did_document(base, keys or KEYS.published())
    methods = {method["id"]: {"@context": MULTIKEY_V1, **method} for method in issuer["verificationMethod"]}
    contexts = (VC_V2, OB_V3, DID_V1, MULTIKEY_V1, own_context(base))
    return {**{name: load(name)["document"] for name in contexts}, issuer["id"]: issuer, **methods}


def ask(job: str, **given: Any) -> Any:
    """Ask the other programs of tests/interop."""
    assert (INTEROP / "node_modules").is_dir(), "tools/interop.sh installs what this test asks"
    done = subprocess.run(
        ["node", "credentials.mjs"],
        cwd=INTEROP,
        input=json.dumps({"job": job, **given}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
