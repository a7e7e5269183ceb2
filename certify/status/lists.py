"""A status list as a signed credential, made and read.

Source: W3C Bitstring Status List 1.0, 2.2. It is secured like the certificates' own credentials (3.6): as JSON
with an embedded proof, and as a JWT.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from certify.clock import iso
from certify.credential import dataintegrity
from certify.credential.contexts import VC_V2
from certify.credential.didweb import did_of, method_id
from certify.credential.jwt import EDDSA, base64url, header, opened
from certify.credential.model import CredentialSigner, PublishedKey
from certify.credential.rdf import check_shape, compact, parse
from certify.errors import InvalidInput
from certify.status.bitstring import Bitstring, bitstring, decode, encode
from certify.status.published import StatusPurpose, status_list_url

VALID_FOR = timedelta(days=7)
"""How long a list is good where no setting says otherwise: a plain file host may be a week late, and no old list can be shown for longer."""

REFRESH_MS = 1_000
"""When a reader should look again: at once, as HTTP's ``no-cache`` says too; some readers refuse zero."""

_REGISTERED = frozenset({"iss", "jti", "iat", "nbf", "exp"})
_ADDRESS = re.compile(rf"/status/({'|'.join(StatusPurpose)})/([1-9][0-9]{{0,8}})\.json", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedList:
    """One list, ready to be served: the same statement in two securings."""

    purpose: StatusPurpose
    number: int
    json: bytes
    jwt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    """A list whose signature, issuer and form hold; whether it is good today is the reader's question."""

    purpose: StatusPurpose
    number: int
    bits: Bitstring
    valid_from: datetime
    valid_until: datetime


def period(
    now: datetime, changed_at: datetime | None, key_from: datetime, valid_for: timedelta = VALID_FOR
) -> tuple[datetime, datetime]:
    """Return from when until when a list made now is good.

    It depends on the day and on what was signed, not on the moment of signing, so that every process makes
    the same bytes; and the later of two lists of one day is the newer one.
    """
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(day, key_from, changed_at or day), day + valid_for


def sign_list(
    public_base: str,
    purpose: StatusPurpose,
    number: int,
    indexes: Iterable[int],
    good: tuple[datetime, datetime],
    signer: CredentialSigner,
) -> SignedList:
    """Return a list with these indexes set, signed; the same bytes for the same arguments.

    Args:
        public_base: The issuer's.
        good: As `period` returns it.
        signer: Holds the issuer's Ed25519 key.
    """
    document = _document(public_base, purpose, number, encode(bitstring(indexes)), good)
    method = method_id(public_base, signer.eddsa_key_id)
    proven = dataintegrity.add_proof(document, method, good[0], signer.sign_eddsa)
    claims = {**_claims(document, *good), **document}
    signed = f"{header(EDDSA, method)}.{base64url(compact(claims).encode())}"
    token = f"{signed}.{base64url(signer.sign_eddsa(signed.encode('ascii')))}"
    return SignedList(
        purpose=purpose, number=number, json=compact(proven).encode(), jwt=token.encode("ascii")
    )


def read_list(data: bytes, public_base: str, keys: Sequence[PublishedKey]) -> ReadList:
    """Read a list strictly, as JSON with a proof or as a JWT: only what `sign_list` writes passes.

    Args:
        data: The list as it was found, from wherever.
        public_base: The issuer's; the list must be its own.
        keys: Every key that the issuer ever published.

    Raises:
        InvalidInput: Saying what is wrong: the form, the issuer, the key or the signature.
    """
    stated = _token_stated(data, public_base, keys) if data[:1] == b"e" else _stated(data, public_base, keys)
    subject = stated.get("credentialSubject")
    found = _ADDRESS.fullmatch(str(stated.get("id")).removeprefix(public_base))
    if not isinstance(subject, dict) or found is None:
        raise InvalidInput("is not a status list of this issuer.", where="status list")
    encoded, refresh_ms = subject.get("encodedList"), subject.get("ttl")
    if not isinstance(encoded, str) or type(refresh_ms) is not int or refresh_ms < 0:
        raise InvalidInput("does not have the members of a status list.", where="credentialSubject")
    purpose, number = StatusPurpose(found[1]), int(found[2])
    good = _moment(stated, "validFrom"), _moment(stated, "validUntil")
    expected = _document(public_base, purpose, number, encoded, good, refresh_ms)
    if stated != expected:
        wrong = [name for name in {**stated, **expected} if stated.get(name) != expected.get(name)]
        raise InvalidInput("is not as a status list of this issuer has it.", where=wrong[0])
    return ReadList(
        purpose=purpose, number=number, bits=decode(encoded), valid_from=good[0], valid_until=good[1]
    )


def _stated(data: bytes, public_base: str, keys: Sequence[PublishedKey]) -> dict[str, Any]:
    document = parse(data)
    dataintegrity.verify(document, public_base, keys)
    return {name: value for name, value in document.items() if name != "proof"}


def _token_stated(data: bytes, public_base: str, keys: Sequence[PublishedKey]) -> dict[str, Any]:
    try:
        token = data.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise InvalidInput("is not a signed token.", where="token") from error
    payload, key = opened(token, public_base, keys)
    check_shape(payload)
    stated = {name: value for name, value in payload.items() if name not in _REGISTERED}
    signed_at = _moment(stated, "validFrom")
    dataintegrity.check_signed_at(signed_at, key, "validFrom")
    claims = _claims(stated, signed_at, _moment(stated, "validUntil"))
    for name, value in claims.items():
        if payload.get(name) != value:
            raise InvalidInput("does not repeat what the list says.", where=name)
    return stated


def _document(
    public_base: str,
    purpose: StatusPurpose,
    number: int,
    encoded: str,
    good: tuple[datetime, datetime],
    refresh_ms: int = REFRESH_MS,
) -> dict[str, Any]:
    address = status_list_url(public_base, purpose, number)
    return {
        "@context": [VC_V2],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did_of(public_base),
        "validFrom": iso(good[0]),
        "validUntil": iso(good[1]),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose.value,
            "encodedList": encoded,
            "ttl": refresh_ms,
        },
    }


def _claims(document: dict[str, Any], valid_from: datetime, valid_until: datetime) -> dict[str, Any]:
    """The registered claims that repeat, for readers of plain JWTs, what the list says (RFC 7519, 4.1)."""
    return {
        "iss": document.get("issuer"),
        "jti": document.get("id"),
        "iat": int(valid_from.timestamp()),
        "nbf": int(valid_from.timestamp()),
        "exp": int(valid_until.timestamp()),
    }


def _moment(document: dict[str, Any], name: str) -> datetime:
    value = document.get(name)
    if not isinstance(value, str):
        raise InvalidInput("is not a moment in UTC.", where=name)
    return dataintegrity.moment(value, name)
