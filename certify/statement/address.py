"""The address in the QR code: the certificate's page, and after ``#`` the signed statement in base32."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import unquote

from certify.award.record import AwardRecord
from certify.clock import utc_day
from certify.credential.model import PublishedKey
from certify.errors import InvalidInput
from certify.identifiers import decode_identifier, parse_identifier
from certify.statement.cose import protected_header, sign
from certify.statement.payload import Statement, encode_payload, scope_code

LONGEST_TEXT = 1200
"""Base32 characters; a name of 400 letters in three bytes each would still fit half of a QR code's 40 versions."""

_LONGEST_ADDRESS = 4000
_DECODINGS = 3
_ADDRESS = re.compile(r"/v/([A-Za-z2-7]{26})#([^#]*)\Z", re.ASCII)
_TRAILING = "=.,;:!?)]}>\"'"


def external_aad(certificate_id: str) -> bytes:
    """Return what is signed besides the payload: this use of the key, and the certificate's id.

    So a statement holds only at its own address, and its id is not written twice.
    """
    return b"CQ1" + decode_identifier(certificate_id)


def statement_of(award: AwardRecord) -> Statement:
    """Return what the code says of an award: what is large on its page."""
    return Statement(
        name=award.holder.printed,
        scope=scope_code(award.framework_digest, award.kind, award.role_id),
        issued_on=utc_day(award.issued_at),
        expires_on=award.valid_until,
        specimen=award.specimen,
    )


def scan_address(award: AwardRecord, key: PublishedKey, sign_bytes: Callable[[bytes], bytes]) -> str:
    """Return the address to print in the QR code; the same every time if the signature is.

    Args:
        key: The public side of what ``sign_bytes`` signs with.
        sign_bytes: `CredentialSigner.sign_es256`, or ``sign_eddsa`` for an Ed25519 key.
    """
    aad = external_aad(award.certificate_id)
    signed = sign(protected_header(key), encode_payload(statement_of(award)), aad, sign_bytes)
    return f"{award.verification_url}#{to_text(signed)}"


def read_address(scanned: str) -> tuple[str, str]:
    """Return the certificate's id and the statement's text from what a camera or a mail gave.

    A ``#`` that a mail filter wrote as ``%23`` is understood, and a full stop after the address.

    Raises:
        InvalidInput: Not an address with a statement.
    """
    text = scanned.strip()
    for _ in range(_DECODINGS if len(text) <= _LONGEST_ADDRESS else 0):
        found = _ADDRESS.search(text)
        if found:
            return parse_identifier(found[1]), found[2]
        text = unquote(text)
    raise InvalidInput("is not the address of a certificate with a statement.", where="address")


def to_text(raw: bytes) -> str:
    """Write bytes as upper-case base32 without padding (RFC 4648, 6), which a QR code holds compactly."""
    return base64.b32encode(raw).decode("ascii").rstrip("=")


def from_text(text: str) -> bytes:
    """Read a statement's text, in any case and with the marks that end a sentence after it.

    Raises:
        InvalidInput: Not base32, or with padding bits set (RFC 4648, 3.5).
    """
    cleaned = text.rstrip(_TRAILING)
    if 0 < len(cleaned) <= LONGEST_TEXT and cleaned.isascii():
        upper = cleaned.upper()
        try:
            raw = base64.b32decode(upper + "=" * (-len(upper) % 8))
        except binascii.Error:
            raw = b""
        if to_text(raw) == upper:
            return raw
    raise InvalidInput("is not base32.", where="statement")
