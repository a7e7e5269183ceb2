"""An authenticator in software: answers WebAuthn ceremonies as a browser with a device would, or wrongly on purpose."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftPasskey:
    """One key for one address."""

    def __init__(self, origin: str, rp_id: str) -> None:
        self.origin, self.rp_id = origin, rp_id
        self.id = secrets.token_bytes(32)
        self.counter = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """Answer a registration."""
        data = AuthenticatorData.create(
            self._rp_hash(wrong),
            wrong.get("flags", PRESENT | VERIFIED) | ATTESTED,
            self.counter,
            AttestedCredentialData.create(
                Aaguid(bytes(16)), self.id, ES256.from_cryptography_key(self._key.public_key())
            ),
        )
        return self._answer(
            self._client_data("webauthn.create", options, wrong),
            attestationObject=bytes(AttestationObject.create("none", data, {})),
        )

    def sign(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """Answer a sign-in; the counter rises unless it is given."""
        self.counter = wrong.get("counter", self.counter + 1)
        data = bytes(
            AuthenticatorData.create(
                self._rp_hash(wrong), wrong.get("flags", PRESENT | VERIFIED), self.counter
            )
        )
        client_data = self._client_data("webauthn.get", options, wrong)
        signed = data + hashlib.sha256(client_data).digest()
        return self._answer(
            client_data,
            authenticatorData=data,
            signature=wrong.get("signature") or self._key.sign(signed, ec.ECDSA(SHA256())),
        )

    def _rp_hash(self, wrong: dict[str, Any]) -> bytes:
        return hashlib.sha256(wrong.get("rp_id", self.rp_id).encode()).digest()

    def _client_data(self, kind: str, options: dict[str, Any], wrong: dict[str, Any]) -> bytes:
        return json.dumps(
            {
                "type": wrong.get("type", kind),
                "challenge": wrong.get("challenge", options["publicKey"]["challenge"]),
                "origin": wrong.get("origin", self.origin),
                "crossOrigin": False,
            }
        ).encode()

    def _answer(self, client_data: bytes, **parts: bytes) -> dict[str, Any]:
        response = {name: websafe_encode(value) for name, value in parts.items()}
        return {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {"clientDataJSON": websafe_encode(client_data), **response},
        }
