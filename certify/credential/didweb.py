"""The issuer's identity: a ``did:web`` document, a JWK set and an issuer profile, from public keys only.

Sources: did:web method specification; W3C Controlled Identifiers 1.0 (Multikey); RFC 7517.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from certify.credential.contexts import DID_V1, MULTIKEY_V1, OB_V3, VC_V2
from certify.credential.model import IssuerProfile, KeyKind, PublishedKey
from certify.credential.multibase import multikey
from certify.errors import InvalidInput

KEY_SET = "urn:uuid:0e9c4177-9637-4b37-92ab-ddccc3693ee2#KeySet"
"""Type of the service that is the issuer's key set; a full name, as a verifier's safe mode knows no other."""

KEY_SET_PATH = "/.well-known/jwks.json"
JWT_ALGORITHMS = {KeyKind.ED25519: "EdDSA", KeyKind.P256: "ES256"}


def did_of(public_base: str) -> str:
    """Return the DID of an installation: host, port as ``%3A``, path segments by colons.

    Raises:
        InvalidInput: The base is not an http(s) address without query and fragment.
    """
    parts = urlsplit(public_base)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInput(f"{public_base!r} is not a web address.", where="public base")
    host = parts.netloc.replace(":", "%3A")
    segments = [quote(segment, safe="-._~") for segment in parts.path.split("/") if segment]
    return ":".join(["did:web", host, *segments])


def document_path(public_base: str) -> str:
    """Return the path, from the host's root, at which the DID document must be served."""
    path = urlsplit(public_base).path.rstrip("/")
    return f"{path}/did.json" if path else "/.well-known/did.json"


def document_url(did: str) -> str:
    """Return where a ``did:web`` document is found.

    Raises:
        InvalidInput: Not a ``did:web`` identifier.
    """
    method, _, rest = did.partition("did:web:")
    segments = [unquote(segment) for segment in rest.split(":")]
    if method or not all(segments) or any("/" in segment for segment in segments):
        raise InvalidInput(f"{did!r} is not a did:web identifier.", where="did")
    host, *path = segments
    return f"https://{host}/" + ("/".join([*path, "did.json"]) if path else ".well-known/did.json")


def method_id(public_base: str, key_id: str) -> str:
    """Return a key's full name, as proofs (``verificationMethod``) and JWTs (``kid``) give it."""
    return f"{did_of(public_base)}#{key_id}"


def did_document(public_base: str, keys: Iterable[PublishedKey]) -> dict[str, Any]:
    """Return the DID document with every key ever used.

    A retired key stays an assertion method, because what it signed stays valid. It is given no ``expires``
    and no ``revoked``: from that time on a verifier is not to verify any of its proofs (Controlled
    Identifiers 1.0, 2.2), those of before included. When it was retired stands in the key set.
    """
    did = did_of(public_base)
    methods = [
        {
            "id": f"{did}#{key.id}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": multikey(key.kind, key.public),
        }
        for key in keys
    ]
    return {
        "@context": [DID_V1, MULTIKEY_V1],
        "id": did,
        "alsoKnownAs": [public_base],
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
        "service": [
            {"id": f"{did}#keys", "type": KEY_SET, "serviceEndpoint": f"{public_base}{KEY_SET_PATH}"}
        ],
    }


def jwk(public_base: str, key: PublishedKey) -> dict[str, Any]:
    """Return a public key as a JWK; ``exp`` is when it was retired (OpenID Federation 1.0, 8.7, on historical keys)."""
    return {
        **_coordinates(key),
        "kid": method_id(public_base, key.id),
        "use": "sig",
        "alg": JWT_ALGORITHMS[key.kind],
        "iat": int(key.made_at.timestamp()),
        **({"exp": int(key.retired_at.timestamp())} if key.retired_at else {}),
    }


def jwk_set(public_base: str, keys: Iterable[PublishedKey]) -> dict[str, Any]:
    """Return every key ever used as a JWK set (RFC 7517, 5)."""
    return {"keys": [jwk(public_base, key) for key in keys]}


def profile(issuer: IssuerProfile) -> dict[str, Any]:
    """Return the Open Badges ``Profile`` as credentials embed it."""
    did = did_of(issuer.public_base)
    return {
        "id": did,
        "type": ["Profile"],
        "name": issuer.name,
        "url": issuer.website,
        "address": {
            "id": f"{did}#address",
            "type": ["Address"],
            "addressCountryCode": issuer.country,
        },
    }


def profile_document(issuer: IssuerProfile) -> dict[str, Any]:
    """Return the profile as a document of its own, for ``<public base>/issuer.json``."""
    return {"@context": [VC_V2, OB_V3], **profile(issuer)}


def find_key(public_base: str, keys: Sequence[PublishedKey], name: object) -> PublishedKey:
    """Return the key that a proof or JWT names.

    Raises:
        InvalidInput: The issuer never published such a key.
    """
    for key in keys:
        if name == method_id(public_base, key.id):
            return key
    raise InvalidInput(f"names the key {name!r}, which the issuer never published.", where="credential")


def _coordinates(key: PublishedKey) -> dict[str, str]:
    if key.kind is KeyKind.ED25519:
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(key.public)}
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public).public_numbers()
    except ValueError as error:
        raise InvalidInput("is not a point of P-256.", where=f"key {key.id}") from error
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": _base64url(point.x.to_bytes(32)),
        "y": _base64url(point.y.to_bytes(32)),
    }


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
