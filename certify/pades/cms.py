"""CMS SignedData for PAdES B-B and B-T (RFC 5652, ETSI EN 319 122-1, EN 319 142-1 clause 6.3): one signer, detached.

Two signatures of one key differ in the message digest and the signature value alone, so everything else
is laid out once per key (`template`). What may be left out is left out:

- no signing-time attribute: EN 319 142-1 forbids it, the claimed time is ``/M`` in the PDF;
- no cms-algorithm-protection (RFC 6211): the ESS attribute fixes the certificate and with it the key's
  only permitted algorithm, and no weaker digest than SHA-256 is ever accepted;
- no issuerSerial in ESSCertIDv2 (optional, RFC 5035, 4): its SHA-256 fixes the whole certificate.

At level B-T the one unsigned attribute is a timestamp over the signature value (RFC 3161, appendix A).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from certify.errors import FileUnreadable, LintFailed
from certify.pades import der
from certify.pades.algorithms import SHA256_IDENTIFIER, Algorithm

_ID_DATA = der.oid("1.2.840.113549.1.7.1")
_ID_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_SIGNATURE_TIMESTAMP = der.oid("1.2.840.113549.1.9.16.2.14")
_VERSION_1 = der.tlv(der.INTEGER, b"\x01")
_DIGEST_SIZE = 32
_REMEMBERED_KEYS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class CmsTemplate:
    """The constant bytes of one key's signatures, around the holes for digest and signature value.

    Attributes:
        attributes_head: Signed attributes up to the digest, without the outer header.
        attributes_tail: Signed attributes after the digest.
        heads: By signature length: everything before the digest.
        tails: By signature length: everything between digest and signature value.
        constant: SignedData up to its SignerInfos, without the outer headers.
        signer_head: SignerInfo up to the digest, without its header.
    """

    constant: bytes
    signer_head: bytes
    attributes_head: bytes
    attributes_tail: bytes
    heads: Mapping[int, bytes]
    tails: Mapping[int, bytes]

    @property
    def longest(self) -> int:
        """Length of the longest signature that this key can make, in bytes."""
        size = max(self.heads)
        return len(self.heads[size]) + _DIGEST_SIZE + len(self.tails[size]) + size

    def signed_attributes(self, digest: bytes) -> bytes:
        """Return what the key signs: the attributes as a SET OF (RFC 5652, 5.4)."""
        body = b"".join((self.attributes_head, digest, self.attributes_tail))
        return der.header(der.SET, len(body)) + body

    def encode(self, digest: bytes, signature: bytes, timestamp: bytes = b"") -> bytes:
        """Return the DER ContentInfo for a 32-byte digest and a signature value of this key.

        Args:
            timestamp: A TimeStampToken over the signature value; empty for level B-B.

        Raises:
            LintFailed: No signature of this key's algorithm has that length.
        """
        size = len(signature)
        if size not in self.heads:
            raise LintFailed(f"A signature value of {size} bytes is not one of this key's algorithm.")
        if not timestamp:
            return b"".join((self.heads[size], digest, self.tails[size], signature))
        unsigned = der.tlv(der.CONTEXT_1, _attribute(_SIGNATURE_TIMESTAMP, timestamp))
        after_digest = b"".join((self.tails[size], signature, unsigned))
        return _head(self.constant, self.signer_head, len(after_digest)) + digest + after_digest


def issuer_and_serial(certificate: bytes) -> bytes:
    """Return the IssuerAndSerialNumber (RFC 5652, 10.2.4) of a DER certificate, cut from its own bytes."""
    body = der.Reader(certificate).enter(der.SEQUENCE).enter(der.SEQUENCE)
    if body.next_is(der.CONTEXT_0):
        body.raw()
    serial = body.raw(der.INTEGER)
    body.raw(der.SEQUENCE)
    issuer = body.raw(der.SEQUENCE)
    return der.tlv(der.SEQUENCE, issuer, serial)


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.tlv(der.SEQUENCE, kind, der.tlv(der.SET, value))


def _head(constant: bytes, signer_head: bytes, after_digest: int) -> bytes:
    """Return everything before the digest, where so many bytes of the SignerInfo follow it."""
    in_signer = len(signer_head) + _DIGEST_SIZE + after_digest
    signer_header = der.header(der.SEQUENCE, in_signer)
    infos_header = der.header(der.SET, len(signer_header) + in_signer)
    in_signed = len(constant) + len(infos_header) + len(signer_header) + in_signer
    signed_header = der.header(der.SEQUENCE, in_signed)
    explicit = der.header(der.CONTEXT_0, len(signed_header) + in_signed)
    outer = der.header(der.SEQUENCE, len(_ID_SIGNED_DATA) + len(explicit) + len(signed_header) + in_signed)
    return b"".join(
        (outer, _ID_SIGNED_DATA, explicit, signed_header, constant, infos_header, signer_header, signer_head)
    )


def template(signer: bytes, others: Sequence[bytes], algorithm: Algorithm) -> CmsTemplate:
    """Lay out the signatures of one key; the latest few keys' are kept.

    Args:
        signer: The signer's certificate, DER.
        others: The rest of its chain, DER.
        algorithm: The signer's permitted algorithm.
    """
    return _template(signer, tuple(others), algorithm)


@lru_cache(_REMEMBERED_KEYS)
def _template(signer: bytes, others: tuple[bytes, ...], algorithm: Algorithm) -> CmsTemplate:
    ess_certificate = der.tlv(der.SEQUENCE, der.tlv(der.OCTET_STRING, hashlib.sha256(signer).digest()))
    marker = bytes(_DIGEST_SIZE)
    digest_attribute = _attribute(_MESSAGE_DIGEST, der.tlv(der.OCTET_STRING, marker))
    attributes = sorted(
        (
            _attribute(_CONTENT_TYPE, _ID_DATA),
            digest_attribute,
            # SigningCertificateV2 (RFC 5035, 3); DER leaves out the default hash algorithm, SHA-256.
            _attribute(
                _SIGNING_CERTIFICATE_V2, der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, ess_certificate))
            ),
        )
    )
    # The three lengths differ, so their order never depends on the digest; it ends its attribute.
    position = attributes.index(digest_attribute)
    head = b"".join(attributes[: position + 1])[:-_DIGEST_SIZE]
    tail = b"".join(attributes[position + 1 :])
    attributes_header = der.header(der.CONTEXT_0, len(head) + _DIGEST_SIZE + len(tail))
    signer_head = b"".join(
        (_VERSION_1, issuer_and_serial(signer), SHA256_IDENTIFIER, attributes_header, head)
    )
    constant = (
        _VERSION_1
        + der.tlv(der.SET, SHA256_IDENTIFIER)
        + der.tlv(der.SEQUENCE, _ID_DATA)
        + der.set_of({signer, *others}, der.CONTEXT_0)
    )
    heads, tails = {}, {}
    shortest, longest = algorithm.signature_sizes
    for size in range(shortest, longest + 1):
        tails[size] = tail + algorithm.identifier + der.header(der.OCTET_STRING, size)
        heads[size] = _head(constant, signer_head, len(tails[size]) + size)
    return CmsTemplate(
        constant=constant,
        signer_head=signer_head,
        attributes_head=head,
        attributes_tail=tail,
        heads=MappingProxyType(heads),
        tails=MappingProxyType(tails),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedCms:
    """A CMS signature taken apart; nothing here is checked but its form.

    Attributes:
        signer: The signer's certificate, DER; ``others`` are the rest, in the order found.
        digest_algorithm, signature_algorithm: DER AlgorithmIdentifiers as stated.
        signed_attributes: The SET OF that the signature is over.
        message_digest: Value of that attribute.
        timestamp: The TimeStampToken over the signature value, DER; empty where there is none.
        length: Bytes of the DER value; what follows in the input is padding.
    """

    signer: bytes
    others: tuple[bytes, ...]
    digest_algorithm: bytes
    signature_algorithm: bytes
    signed_attributes: bytes
    message_digest: bytes
    signature: bytes
    timestamp: bytes
    length: int


def _expect(reader: der.Reader, expected: bytes, what: str) -> None:
    if reader.raw() != expected:
        raise FileUnreadable(f"The signature's {what} is not the one that certificates have.", where="CMS")


def _message_digest(attributes: der.Reader) -> bytes:
    digests = []
    while not attributes.finished:
        attribute = attributes.enter(der.SEQUENCE)
        kind = attribute.raw(der.OID)
        values = attribute.enter(der.SET)
        attribute.finish()
        if kind == _MESSAGE_DIGEST:
            digests.append(values.content(der.OCTET_STRING))
            values.finish()
    if len(digests) != 1:
        raise FileUnreadable("The signature does not state exactly one message digest.", where="CMS")
    return digests[0]


def _timestamp(info: der.Reader) -> bytes:
    """Return the token of the one unsigned attribute that there may be."""
    if info.finished:
        return b""
    unsigned = info.enter(der.CONTEXT_1)
    attribute = unsigned.enter(der.SEQUENCE)
    unsigned.finish()
    _expect(attribute, _SIGNATURE_TIMESTAMP, "unsigned attribute")
    values = attribute.enter(der.SET)
    attribute.finish()
    token = values.raw(der.SEQUENCE)
    values.finish()
    return token


def parse(data: bytes) -> ParsedCms:
    """Take apart a CMS signature at the start of ``data``.

    Raises:
        FileUnreadable: Not strict DER, or not a detached SignedData of one signer with its certificate.
    """
    outer = der.Reader(data)
    content_info = outer.enter(der.SEQUENCE)
    _expect(content_info, _ID_SIGNED_DATA, "content type")
    explicit = content_info.enter(der.CONTEXT_0)
    content_info.finish()
    signed_data = explicit.enter(der.SEQUENCE)
    explicit.finish()
    _expect(signed_data, _VERSION_1, "version")
    signed_data.raw(der.SET)
    _expect(signed_data, der.tlv(der.SEQUENCE, _ID_DATA), "signed content type")
    bag = signed_data.enter(der.CONTEXT_0)
    certificates = []
    while not bag.finished:
        certificates.append(bag.raw(der.SEQUENCE))
    infos = signed_data.enter(der.SET)
    signed_data.finish()
    info = infos.enter(der.SEQUENCE)
    infos.finish()
    _expect(info, _VERSION_1, "signer version")
    identifier = info.raw(der.SEQUENCE)
    digest_algorithm = info.raw(der.SEQUENCE)
    attributes = info.content(der.CONTEXT_0)
    signature_algorithm = info.raw(der.SEQUENCE)
    signature = info.content(der.OCTET_STRING)
    timestamp = _timestamp(info)
    info.finish()
    named = [item for item in certificates if issuer_and_serial(item) == identifier]
    if len(named) != 1:
        raise FileUnreadable(
            "The signature does not carry its signer's certificate exactly once.", where="CMS"
        )
    return ParsedCms(
        signer=named[0],
        others=tuple(item for item in certificates if item != named[0]),
        digest_algorithm=digest_algorithm,
        signature_algorithm=signature_algorithm,
        signed_attributes=der.tlv(der.SET, attributes),
        message_digest=_message_digest(der.Reader(attributes)),
        signature=signature,
        timestamp=timestamp,
        length=outer.at,
    )
