"""Reads the JWK set that an issuer publishes, for verifiers elsewhere (RFC 7517, 5; written by `didweb.jwk_set`)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certify.credential.model import KeyKind, PublishedKey
from certify.credential.rdf import parse
from certify.credential.recognise import KnownIssuer
from certify.errors import InvalidInput

_LATEST = 2**35  # in the year 3058
_ON_THIS_MACHINE = frozenset({"localhost", "127.0.0.1"})


def read_key_set(data: bytes) -> KnownIssuer:
    """Return the issuer whose keys these are; all of them are one issuer's.

    Raises:
        InvalidInput: It is not a JWK set as this system publishes it.
    """
    try:
        members = parse(data).get("keys")
    except InvalidInput as error:
        raise InvalidInput(error.message, where="issuer keys") from error
    if not isinstance(members, list) or not members:
        raise InvalidInput("is not a set of keys.", where="issuer keys")
    bases, keys = set(), []
    for member in members:
        try:
            did, _, key_id = str(member["kid"]).partition("#")
            bases.add(_base_of(did))
            keys.append(_key(key_id, member))
        except (KeyError, TypeError, ValueError, OverflowError, binascii.Error) as error:
            raise _foreign() from error
    if len(bases) != 1:
        raise InvalidInput("has keys of several issuers.", where="issuer keys")
    return KnownIssuer(bases.pop(), lambda: keys)


def _foreign() -> InvalidInput:
    return InvalidInput("has a key that this system does not publish.", where="issuer keys")


def _key(key_id: str, member: Mapping[str, Any]) -> PublishedKey:
    kind = {("OKP", "Ed25519"): KeyKind.ED25519, ("EC", "P-256"): KeyKind.P256}[member["kty"], member["crv"]]
    if kind is KeyKind.ED25519:
        public = _raw(member["x"])
        if len(public) != 32:  # noqa: PLR2004 - RFC 8032, 5.1.5
            raise _foreign()
    else:
        x, y = int.from_bytes(_raw(member["x"])), int.from_bytes(_raw(member["y"]))
        point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public = point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return PublishedKey(
        id=key_id,
        kind=kind,
        public=public,
        made_at=_moment(member["iat"]),
        retired_at=_moment(member["exp"]) if "exp" in member else None,
    )


def _base_of(did: str) -> str:
    """Return the address that a ``did:web`` stands for; a demonstration on one machine has no TLS."""
    method, _, rest = did.partition("did:web:")
    host, *path = [unquote(segment) for segment in rest.split(":")]
    if method or not host or any("/" in segment for segment in (host, *path)):
        raise _foreign()
    scheme = "http" if host.partition(":")[0] in _ON_THIS_MACHINE else "https"
    return "/".join([f"{scheme}://{host}", *path])


def _raw(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _moment(seconds: object) -> datetime:
    if type(seconds) is not int or not 0 <= seconds < _LATEST:
        raise _foreign()
    return datetime.fromtimestamp(seconds, UTC)
