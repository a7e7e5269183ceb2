"""What an ID token says, when it is believed (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey, import_key

from certify.errors import ProviderRefused
from certify.signin.model import IdentityProvider

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures by a key that only the provider has: never by a secret that is shared, never none (RFC 8725, 3.1 and 3.2)."""

SKEW_SECONDS = 60
"""How far the clocks may be apart."""

_MOST_KEYS = 50
_MOST_SUBJECT_CHARACTERS = 255  # OpenID Connect Core, 2
_LEAST_RSA_BITS = 2_048
_KINDS = frozenset({"RSA", "EC", "OKP"})
_RUBBISH = (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What libraries raise on what they cannot read."""


def claims_of(
    id_token: object, keys: Mapping[str, Any], provider: IdentityProvider, nonce: str, at: datetime
) -> dict[str, Any]:
    """Return the claims of a token that this provider signed for us, now, in answer to this very question.

    Args:
        keys: The provider's JSON Web Key Set, as it came.

    Raises:
        ProviderRefused: A check failed; says which.
    """
    if not isinstance(id_token, str) or not id_token:
        raise refused("there is no ID token")
    try:
        claims = dict(
            jwt.decode(id_token, KeySet(list(_signing_keys(keys))), algorithms=list(ALGORITHMS)).claims
        )
    except _RUBBISH as error:
        raise refused(
            "the ID token is not signed by a key of the provider's, by an algorithm that we take"
        ) from error
    try:
        jwt.JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=SKEW_SECONDS,
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except _RUBBISH as error:
        raise refused("the ID token has expired, or is not valid yet: look at the clocks") from error
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != provider.issuer:
        raise refused("the ID token is another issuer's")
    if provider.client_id not in audiences:
        raise refused("the ID token is for another program")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise refused("the ID token was asked for by another program")
    if claims.get("nonce") != nonce:
        raise refused("the ID token answers another question")
    subject = claims.get("sub")
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= _MOST_SUBJECT_CHARACTERS
        or not subject.isprintable()
    ):
        raise refused("the ID token names nobody")
    return claims


def refused(why: str) -> ProviderRefused:
    """Return the refusal of an answer, with the check that it did not pass; nothing of the answer is in it."""
    return ProviderRefused(f"The check failed: {why}.", fix="begin again, or sign in another way")


def _signing_keys(document: Mapping[str, Any]) -> Iterator[RSAKey | ECKey | OKPKey]:
    """Return the keys that may sign; what is not understood is passed over (RFC 7517, 5)."""
    found = document.get("keys")
    for data in found[:_MOST_KEYS] if isinstance(found, list) else ():
        if not isinstance(data, dict) or data.get("kty") not in _KINDS or data.get("use", "sig") != "sig":
            continue
        with suppress(*_RUBBISH):
            key = import_key(data)
            if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
                continue
            if isinstance(key, RSAKey | ECKey | OKPKey):
                yield key
