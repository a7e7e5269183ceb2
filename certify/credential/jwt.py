"""The credential as a JWT: ``application/vc+jwt``, signed with Ed25519 (EdDSA) or P-256 (ES256).

Sources: W3C Securing Verifiable Credentials using JOSE and COSE 1.0, 3.1 (the payload is the credential, with
no ``vc`` member); Open Badges 3.0, 8.2 (which registered claims repeat what); RFC 8725 (JWT best practices).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from certify.award.record import AwardRecord
from certify.credential.dataintegrity import check_contexts, check_issuer, check_signed_at, moment
from certify.credential.didweb import JWT_ALGORITHMS, did_of, find_key
from certify.credential.model import KeyKind, PublishedKey
from certify.credential.openbadge import credential
from certify.credential.rdf import check_shape, compact, parse
from certify.credential.schema import check_schema
from certify.errors import InvalidInput

EDDSA, ES256 = JWT_ALGORITHMS[KeyKind.ED25519], JWT_ALGORITHMS[KeyKind.P256]
TYPE = "vc+jwt"
MEDIA_TYPE = "application/vc+jwt"

_REGISTERED = frozenset({"iss", "jti", "sub", "iat", "nbf", "exp"})
_MAX_TOKEN_CHARACTERS = 1_400_000
_SIGNATURE_BYTES = 64
_MIDNIGHT = datetime.min.time()
_LAST_SECOND = 86_399
_LATEST = 2**35  # in the year 3058


def header(algorithm: str, key_name: str) -> str:
    """Return a token's protected header in base64url."""
    return base64url(compact({"alg": algorithm, "kid": key_name, "typ": TYPE}).encode("utf-8"))


def registered_claims(
    did: str, page: str, signed_at: datetime, valid_from: date, valid_until: date
) -> dict[str, Any]:
    """Return the claims that repeat, for readers of plain JWTs, what the credential says (NumericDates)."""
    return {
        "iss": did,
        "jti": page,
        "sub": f"{page}#holder",
        "iat": int(signed_at.timestamp()),
        "nbf": _seconds(valid_from),
        "exp": _seconds(valid_until) + _LAST_SECOND,
    }


def claims(award: AwardRecord, public_base: str, signed_at: datetime) -> dict[str, Any]:
    """Return an award's whole claims set: the slow path, to which `press` is held."""
    registered = registered_claims(
        did_of(public_base), award.verification_url, signed_at, award.valid_from, award.valid_until
    )
    return {**registered, **credential(award)}


def verify_jwt(
    token: str, public_base: str, keys: Sequence[PublishedKey]
) -> tuple[dict[str, Any], PublishedKey]:
    """Return a token's credential, without the registered claims, and the key that signed it.

    The key decides the algorithm, never the header (RFC 8725, 3.1): ``alg`` must be the named key's own.

    Args:
        token: In the compact serialisation.
        public_base: The issuer's.
        keys: Every key that the issuer ever published.

    Raises:
        InvalidInput: Saying what is wrong: the form, the header, the key, the signature or a claim.
    """
    payload, key = opened(token, public_base, keys)
    return _checked(payload, public_base, key), key


def rebuilt(credential_json: bytes, algorithm: str, key_name: str, signature: bytes) -> str:
    """Return the JWT of a credential whose signature is known, from nothing but the credential's own bytes.

    So a register keeps 64 bytes and not the whole token, and needs no key to hand it out.

    Args:
        signature: Of what `to_be_signed` gives for the other arguments, 64 bytes.
    """
    return f"{to_be_signed(credential_json, algorithm, key_name)}.{base64url(signature)}"


def to_be_signed(credential_json: bytes, algorithm: str, key_name: str) -> str:
    """Return the header and payload of a credential's JWT.

    Args:
        credential_json: With its embedded proof, as `press.CredentialPress` makes it.
        algorithm: `EDDSA` or `ES256`.
        key_name: The key's full name, for ``kid``.
    """
    stated = parse(credential_json)
    claims = {
        "iss": stated["issuer"]["id"],
        "jti": stated["id"],
        "sub": stated["credentialSubject"]["id"],
        "iat": _timestamp(stated["proof"][0]["created"], "proof.created"),
        "nbf": _timestamp(stated["validFrom"], "validFrom"),
        "exp": _timestamp(stated["validUntil"], "validUntil"),
    }
    # The proof comes last; no text can hold these quotes unescaped.
    unsecured = credential_json[: credential_json.rindex(b',"proof":[')] + b"}"
    payload = compact(claims).encode("utf-8")[:-1] + b"," + unsecured[1:]
    return f"{header(algorithm, key_name)}.{base64url(payload)}"


def claimed(token: str) -> dict[str, Any]:
    """Return the credential that a token claims to be, which nothing vouches for before `verify_jwt`.

    Raises:
        InvalidInput: It is not a token of three parts around a JSON object.
    """
    return _stated(parse(_parts(token)[1]))


def opened(token: str, public_base: str, keys: Sequence[PublishedKey]) -> tuple[dict[str, Any], PublishedKey]:
    """Return what a token says, and the key that signed it; what it says is not checked any further.

    Raises:
        InvalidInput: Saying what is wrong: the form, the header, the key or the signature.
    """
    raw_head, raw_payload, signature = _parts(token)
    head = parse(raw_head)
    if set(head) != {"alg", "kid", "typ"} or head["typ"] != TYPE:
        raise InvalidInput(f"must have alg, kid and the type {TYPE}, and nothing else.", where="token header")
    key = find_key(public_base, keys, head["kid"])
    algorithm = JWT_ALGORITHMS[key.kind]
    if head["alg"] != algorithm:
        raise InvalidInput(
            f"must be {algorithm}, as the named key is of that kind.", where="token header alg"
        )
    try:
        check_signature(key, signature, token.rpartition(".")[0].encode("ascii"))
    except (InvalidSignature, ValueError) as error:
        raise InvalidInput("does not hold: the token was changed or forged.", where="token") from error
    return parse(raw_payload), key


def _parts(token: str) -> tuple[bytes, bytes, bytes]:
    """Return header, payload and signature (RFC 7515, 3.1)."""
    if len(token) > _MAX_TOKEN_CHARACTERS:
        raise InvalidInput("is larger than any credential.", where="token")
    parts = token.split(".", 3)
    if len(parts) != 3:  # noqa: PLR2004
        raise InvalidInput("is not a signed token of three parts.", where="token")
    head, payload, signature = (_decoded(part) for part in parts)
    return head, payload, signature


def _stated(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in _REGISTERED}


def check_signature(key: PublishedKey, signature: bytes, signed: bytes) -> None:
    """Raise InvalidSignature or ValueError where the signature does not hold (RFC 8037, 3.1; RFC 7518, 3.4)."""
    if len(signature) != _SIGNATURE_BYTES:
        raise InvalidSignature
    if key.kind is KeyKind.ED25519:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)
        return
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
    public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))


def _checked(payload: dict[str, Any], public_base: str, key: PublishedKey) -> dict[str, Any]:
    stated = _stated(payload)
    check_shape(stated)
    check_schema(stated)
    if "proof" in stated:
        raise InvalidInput("has a proof besides the token's own signature.", where="proof")
    check_contexts(stated, public_base)
    check_issuer(stated, public_base)
    signed_at = payload.get("iat")
    if type(signed_at) is not int or not 0 <= signed_at < _LATEST:
        raise InvalidInput("is not a moment.", where="iat")
    check_signed_at(datetime.fromtimestamp(signed_at, UTC), key, "iat")
    expected = {
        "iss": did_of(public_base),
        "jti": stated["id"],
        "sub": stated["credentialSubject"]["id"],
        "iat": signed_at,
        "nbf": _timestamp(stated["validFrom"], "validFrom"),
        "exp": _timestamp(stated["validUntil"], "validUntil"),
    }
    for name, value in expected.items():
        if payload.get(name) != value:
            raise InvalidInput("does not repeat what the credential says.", where=name)
    return stated


def base64url(raw: bytes) -> str:
    """Write base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(part: str) -> bytes:
    """Read base64url, in which every value has one spelling: no padding, no spaces, no spare bits."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error) as error:
        raise InvalidInput("is not base64url.", where="token") from error
    if base64url(raw) != part:
        raise InvalidInput("is not base64url in its one spelling.", where="token")
    return raw


def _seconds(day: date) -> int:
    return int(datetime.combine(day, _MIDNIGHT, UTC).timestamp())


def _timestamp(text: str, where: str) -> int:
    return int(moment(text, where).timestamp())
