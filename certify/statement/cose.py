"""COSE_Sign1 (RFC 9052, 4.2) as statements use it: no tag, two protected parameters, nothing unprotected."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from certify.credential.model import KeyKind, PublishedKey
from certify.errors import InvalidInput
from certify.statement.cbor import decode, encode

EMITTED: Mapping[KeyKind, int] = {KeyKind.P256: -9, KeyKind.ED25519: -19}
"""ESP256 and Ed25519 (RFC 9864, 2): each names curve and hash, so that no key fits two readings of it."""

ACCEPTED: Mapping[KeyKind, frozenset[int]] = {
    KeyKind.P256: frozenset({-9, -7}),
    KeyKind.ED25519: frozenset({-19, -8}),
}
"""What each kind of key may sign under; -7 (ES256) and -8 (EdDSA) are the older names (RFC 9053, 2)."""

KID_LENGTH = 4
_SIGNATURE_LENGTH = 64
# What the array of four that is signed begins with (RFC 9052, 4.4).
_SIGNATURE1 = b"\x84" + encode("Signature1")
# And the array of four that is sent.
_SIGN1, _NO_PARAMETERS = b"\x84", encode({})
_ALG, _KID = 1, 4  # RFC 9052, 3.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A COSE_Sign1 taken apart; nothing in it is believed yet."""

    protected: bytes
    algorithm: int
    kid: bytes
    payload: bytes
    signature: bytes


def kid_of(key: PublishedKey) -> bytes:
    """Return the short name under which a key list has the key: SHA-256 of its public bytes, four of them."""
    return hashlib.sha256(key.public).digest()[:KID_LENGTH]


@lru_cache(maxsize=16)
def protected_header(key: PublishedKey) -> bytes:
    """Return the protected parameters of everything that a key signs, encoded."""
    return encode({_ALG: EMITTED[key.kind], _KID: kid_of(key)})


def sign(
    protected: bytes, payload: bytes, external_aad: bytes, sign_bytes: Callable[[bytes], bytes]
) -> bytes:
    """Return a COSE_Sign1 over a payload.

    Args:
        external_aad: What is signed besides and must be known to whoever verifies (RFC 9052, 4.3).
        sign_bytes: Returns the 64 bytes of a signature, for ECDSA r and s (RFC 9053, 2.1).
    """
    signature = sign_bytes(_to_be_signed(protected, external_aad, payload))
    return b"".join((_SIGN1, encode(protected), _NO_PARAMETERS, encode(payload), encode(signature)))


def parse(raw: bytes) -> Signed:
    """Take a COSE_Sign1 apart.

    Raises:
        InvalidInput: Not of exactly the form that `sign` gives.
    """
    match decode(raw):
        case [bytes() as protected, {**unprotected}, bytes() as payload, bytes() as signature]:
            header = decode(protected)
        case _:
            raise _refusal("is not a COSE_Sign1")
    if unprotected:
        raise _refusal("has an unprotected parameter")
    if not isinstance(header, dict) or header.keys() != {_ALG, _KID}:
        raise _refusal("has other protected parameters than alg and kid")
    algorithm, kid = header[_ALG], header[_KID]
    if not isinstance(algorithm, int) or isinstance(algorithm, bool):
        raise _refusal("has no algorithm")
    if not isinstance(kid, bytes) or len(kid) != KID_LENGTH:
        raise _refusal("has no key id")
    if len(signature) != _SIGNATURE_LENGTH:
        raise _refusal("has a signature of another length")
    return Signed(protected=protected, algorithm=algorithm, kid=kid, payload=payload, signature=signature)


def holds(signed: Signed, key: PublishedKey, external_aad: bytes) -> bool:
    """Tell whether the key made the signature, under an algorithm of its own kind."""
    if signed.algorithm not in ACCEPTED[key.kind]:
        return False
    message = _to_be_signed(signed.protected, external_aad, signed.payload)
    try:
        if key.kind is KeyKind.ED25519:
            ed25519.Ed25519PublicKey.from_public_bytes(key.public).verify(signed.signature, message)
        else:
            r, s = (int.from_bytes(half) for half in (signed.signature[:32], signed.signature[32:]))
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
            point.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _to_be_signed(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    return _SIGNATURE1 + encode(protected) + encode(external_aad) + encode(payload)


def _refusal(what: str) -> InvalidInput:
    return InvalidInput(f"{what}.", where="statement")
