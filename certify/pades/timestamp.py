"""RFC 3161 timestamps: the request, the response, and the token in the one form that our files hold.

A token comes as its authority wrote it: with certificates that prove nothing, in any order, perhaps with
unsigned attributes. All that is outside the authority's signature, so `normal` writes a token anew with
exactly its signer's chain, and only a token in that form is read from a file (docs/adr/0014).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from certify.errors import FileUnreadable
from certify.pades import der
from certify.pades.cms import issuer_and_serial

TOKEN_ROOM_BYTES = 8192
"""Room for a token in a file. Public authorities' tokens take 2,000 to 6,000 bytes with their chain."""

MAX_CERTIFICATES = 12
_BOOLEAN, _GENERALIZED_TIME = 0x01, 0x18
_NULL = b"\x05\x00"
_VERSION_1, _VERSION_3 = der.tlv(der.INTEGER, b"\x01"), der.tlv(der.INTEGER, b"\x03")
_ID_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_ID_TST_INFO = der.oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = der.oid("1.2.840.113549.1.9.16.2.12")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.oid("2.16.840.1.101.3.4.2.1")
_TIME = re.compile(rb"(\d{14})(?:\.(\d{1,6})\d*)?Z")

DIGESTS = {
    _SHA256: "sha256",
    der.oid("2.16.840.1.101.3.4.2.2"): "sha384",
    der.oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_RSA_ENCRYPTION = der.oid("1.2.840.113549.1.1.1")
_RSA = {
    "sha256": der.oid("1.2.840.113549.1.1.11"),
    "sha384": der.oid("1.2.840.113549.1.1.12"),
    "sha512": der.oid("1.2.840.113549.1.1.13"),
}
_ECDSA = {
    "sha256": der.oid("1.2.840.10045.4.3.2"),
    "sha384": der.oid("1.2.840.10045.4.3.3"),
    "sha512": der.oid("1.2.840.10045.4.3.4"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A timestamp token taken apart; nothing here is checked but its form.

    Attributes:
        raw: The TimeStampToken as it was read, DER.
        signer: The authority's signing certificate, DER; ``others`` are the rest, in the order found.
        digest: Name of the hash that the authority used: sha256, sha384 or sha512.
        kind: ``rsa`` or ``ecdsa``.
        info: The signed TSTInfo, DER.
        signed_attributes: The SET OF that the signature is over.
        message_digest: Value of that attribute, to be the hash of ``info``.
        names_signer: The ESS attribute holds the hash of ``signer``.
        imprint: SHA-256 of what was stamped.
        stamped_at: When the authority says it saw it.
    """

    raw: bytes
    signer: bytes
    others: tuple[bytes, ...]
    digest: str
    kind: str
    info: bytes
    signed_attributes: bytes
    message_digest: bytes
    names_signer: bool
    signature: bytes
    imprint: bytes
    stamped_at: datetime
    nonce: bytes


def request(imprint: bytes, nonce: bytes) -> bytes:
    """Return a TimeStampReq for a SHA-256 that asks for the authority's certificates (RFC 3161, 2.4.1).

    Args:
        nonce: Contents of a positive DER INTEGER.
    """
    # With NULL, as OpenSSL writes it: RFC 5754 wants both read, and this one is read everywhere.
    algorithm = der.tlv(der.SEQUENCE, _SHA256, _NULL)
    return der.tlv(
        der.SEQUENCE,
        _VERSION_1,
        der.tlv(der.SEQUENCE, algorithm, der.tlv(der.OCTET_STRING, imprint)),
        der.tlv(der.INTEGER, nonce),
        der.tlv(_BOOLEAN, b"\xff"),
    )


def token_of(response: bytes) -> bytes:
    """Return the token of a TimeStampResp (RFC 3161, 2.4.2).

    Raises:
        FileUnreadable: Not a response in strict DER, or one that does not grant a token.
    """
    outer = der.Reader(response)
    body = outer.enter(der.SEQUENCE)
    outer.finish()
    status = body.enter(der.SEQUENCE).content(der.INTEGER)
    if status not in {b"\x00", b"\x01"}:  # granted, grantedWithMods
        raise FileUnreadable("The authority refused the request.", where=f"status {status.hex()}")
    token = body.raw(der.SEQUENCE)
    body.finish()
    return token


def parse(data: bytes) -> Token:
    """Take apart a whole TimeStampToken.

    Raises:
        FileUnreadable: Not strict DER, or not a token of one signer with its certificate, by a permitted
            kind of signature, over a SHA-256.
    """
    outer = der.Reader(data)
    content_info = outer.enter(der.SEQUENCE)
    outer.finish()
    _expect(content_info, _ID_SIGNED_DATA, "content type")
    explicit = content_info.enter(der.CONTEXT_0)
    content_info.finish()
    signed_data = explicit.enter(der.SEQUENCE)
    explicit.finish()
    _expect(signed_data, _VERSION_3, "version")
    signed_data.raw(der.SET)
    encapsulated = signed_data.enter(der.SEQUENCE)
    _expect(encapsulated, _ID_TST_INFO, "content")
    holder = encapsulated.enter(der.CONTEXT_0)
    encapsulated.finish()
    info = holder.content(der.OCTET_STRING)
    holder.finish()
    bag = signed_data.enter(der.CONTEXT_0)
    certificates: list[bytes] = []
    while not bag.finished and len(certificates) < MAX_CERTIFICATES:
        certificates.append(bag.raw(der.SEQUENCE))
    bag.finish()
    if signed_data.next_is(der.CONTEXT_1):
        signed_data.raw()  # revocation lists, which `normal` leaves out
    infos = signed_data.enter(der.SET)
    signed_data.finish()
    signer_info = infos.enter(der.SEQUENCE)
    infos.finish()
    return _signer_info(data, signer_info, info, certificates)


def _signer_info(data: bytes, signer_info: der.Reader, info: bytes, certificates: Sequence[bytes]) -> Token:
    _expect(signer_info, _VERSION_1, "signer version")
    identifier = signer_info.raw(der.SEQUENCE)
    digest = DIGESTS.get(_algorithm(signer_info))
    attributes = signer_info.content(der.CONTEXT_0)
    signed_with = _algorithm(signer_info)
    signature = signer_info.content(der.OCTET_STRING)
    if signer_info.next_is(der.CONTEXT_1):
        signer_info.raw()  # unsigned attributes, which `normal` leaves out
    signer_info.finish()
    named = [item for item in certificates if issuer_and_serial(item) == identifier]
    if digest is None or len(named) != 1:
        raise _odd("signer or hash")
    if signed_with in {_RSA_ENCRYPTION, _RSA[digest]}:
        kind = "rsa"
    elif signed_with == _ECDSA[digest]:
        kind = "ecdsa"
    else:
        raise _odd("kind of signature")
    values = _attributes(der.Reader(attributes))
    if values.get(_CONTENT_TYPE) != _ID_TST_INFO:
        raise _odd("signed content type")
    imprint, stamped_at, nonce = _tst_info(info)
    return Token(
        raw=data,
        signer=named[0],
        others=tuple(item for item in certificates if item != named[0]),
        digest=digest,
        kind=kind,
        info=info,
        signed_attributes=der.tlv(der.SET, attributes),
        message_digest=der.Reader(values.get(_MESSAGE_DIGEST, b"")).content(der.OCTET_STRING),
        names_signer=_names_signer(values, named[0]),
        signature=signature,
        imprint=imprint,
        stamped_at=stamped_at,
        nonce=nonce,
    )


def normal(token: Token, others: Sequence[bytes]) -> bytes:
    """Return the token in the form that files hold: its signer and these certificates, and no more.

    What the authority signed stays byte for byte; the algorithms are named in one way (RFC 5754, 2 and 3.2:
    hashes without parameters, RSA with its hash).
    """
    digest = der.tlv(der.SEQUENCE, next(oid for oid, name in DIGESTS.items() if name == token.digest))
    signed_with = (
        der.tlv(der.SEQUENCE, _RSA[token.digest], _NULL)
        if token.kind == "rsa"
        else der.tlv(der.SEQUENCE, _ECDSA[token.digest])
    )
    attributes = der.Reader(token.signed_attributes).content(der.SET)
    signer_info = der.tlv(
        der.SEQUENCE,
        _VERSION_1,
        issuer_and_serial(token.signer),
        digest,
        der.tlv(der.CONTEXT_0, attributes),
        signed_with,
        der.tlv(der.OCTET_STRING, token.signature),
    )
    signed_data = der.tlv(
        der.SEQUENCE,
        _VERSION_3,
        der.tlv(der.SET, digest),
        der.tlv(der.SEQUENCE, _ID_TST_INFO, der.tlv(der.CONTEXT_0, der.tlv(der.OCTET_STRING, token.info))),
        der.set_of({token.signer, *others}, der.CONTEXT_0),
        der.tlv(der.SET, signer_info),
    )
    return der.tlv(der.SEQUENCE, _ID_SIGNED_DATA, der.tlv(der.CONTEXT_0, signed_data))


def parse_normal(data: bytes) -> Token:
    """Take apart a token that must be in the form that files hold.

    Raises:
        FileUnreadable: It is not.
    """
    token = parse(data)
    if normal(token, token.others) != data:
        raise FileUnreadable("A timestamp is not written as this system writes it.", where="timestamp")
    return token


def _attributes(reader: der.Reader) -> dict[bytes, bytes]:
    """Return each attribute's one value by its type."""
    found: dict[bytes, bytes] = {}
    while not reader.finished:
        attribute = reader.enter(der.SEQUENCE)
        kind = attribute.raw(der.OID)
        values = attribute.enter(der.SET)
        attribute.finish()
        if kind in found:
            raise _odd("set of attributes")
        found[kind] = values.raw()
        values.finish()
    return found


def _names_signer(values: dict[bytes, bytes], signer: bytes) -> bool:
    """Tell whether the ESS attribute's first entry is the signer's (RFC 5816; RFC 3161, 2.4.2)."""
    if value := values.get(_SIGNING_CERTIFICATE_V2):
        entry = der.Reader(value).enter(der.SEQUENCE).enter(der.SEQUENCE).enter(der.SEQUENCE)
        name = DIGESTS.get(_algorithm(entry)) if entry.next_is(der.SEQUENCE) else "sha256"
        return name is not None and entry.content(der.OCTET_STRING) == hashlib.new(name, signer).digest()
    if value := values.get(_SIGNING_CERTIFICATE):
        entry = der.Reader(value).enter(der.SEQUENCE).enter(der.SEQUENCE).enter(der.SEQUENCE)
        # SHA-1 only picks the certificate here; another one would have to carry the same key to matter.
        found = hashlib.sha1(signer, usedforsecurity=False).digest()
        return entry.content(der.OCTET_STRING) == found
    return False


def _tst_info(data: bytes) -> tuple[bytes, datetime, bytes]:
    """Return (imprint, time, nonce's contents) of a TSTInfo (RFC 3161, 2.4.2)."""
    outer = der.Reader(data)
    info = outer.enter(der.SEQUENCE)
    outer.finish()
    _expect(info, _VERSION_1, "content's version")
    info.raw(der.OID)  # the authority's policy
    stamped = info.enter(der.SEQUENCE)
    if _algorithm(stamped) != _SHA256:
        raise _odd("imprint")
    imprint = stamped.content(der.OCTET_STRING)
    stamped.finish()
    info.raw(der.INTEGER)  # its serial number
    stamped_at = _time(info.content(_GENERALIZED_TIME))
    if info.next_is(der.SEQUENCE):
        info.raw()  # accuracy
    if info.next_is(_BOOLEAN):
        info.raw()  # ordering
    nonce = info.content(der.INTEGER) if info.next_is(der.INTEGER) else b""
    return imprint, stamped_at, nonce


def _time(text: bytes) -> datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        raise _odd("time")
    try:
        whole = datetime.strptime(found[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise _odd("time") from error
    return whole.replace(microsecond=int((found[2] or b"0").ljust(6, b"0")))


def _algorithm(reader: der.Reader) -> bytes:
    """Read an AlgorithmIdentifier without parameters, or with NULL, and return its identifier."""
    algorithm = reader.enter(der.SEQUENCE)
    name = algorithm.raw(der.OID)
    if not algorithm.finished and algorithm.raw() != _NULL:
        raise _odd("algorithm")
    algorithm.finish()
    return name


def _expect(reader: der.Reader, expected: bytes, what: str) -> None:
    if reader.raw() != expected:
        raise _odd(what)


def _odd(what: str) -> FileUnreadable:
    return FileUnreadable(f"A timestamp's {what} is not one that is permitted.", where="timestamp")
