"""Random identifiers and certificate numbers.

Identifiers are 128 random bits (nothing about a person, an order or a count can be read from one),
written in RFC 4648 base32 without padding: 26 characters that a QR symbol holds in its compact
alphanumeric mode and that survive a change of case.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from certify.errors import InvalidIdentifier

IDENTIFIER_LENGTH = 26
_IDENTIFIER_BYTES = 16
# Crockford's base32: no I, L, O, U, so a number read over the telephone has one spelling.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_SYMBOLS = 10


def new_identifier() -> str:
    """Return a fresh identifier: 26 upper-case base32 characters of 128 random bits."""
    return encode_identifier(secrets.token_bytes(_IDENTIFIER_BYTES))


def encode_identifier(raw: bytes) -> str:
    """Write 16 bytes as an identifier."""
    return base64.b32encode(raw).decode("ascii").rstrip("=")


def decode_identifier(text: str) -> bytes:
    """Return the 16 bytes of an identifier.

    Raises:
        InvalidIdentifier: Not 26 base32 characters, or with padding bits set (RFC 4648, 3.5), so that
            every identifier has exactly one spelling but for case.
    """
    # Length and alphabet first: str.upper() alone would let "ß" or a dotless i become ASCII.
    if len(text) == IDENTIFIER_LENGTH and text.isascii():
        try:
            raw = base64.b32decode(text.upper() + "======")
        except binascii.Error:
            raw = b""
        if len(raw) == _IDENTIFIER_BYTES and encode_identifier(raw) == text.upper():
            return raw
    raise InvalidIdentifier(
        "This is not an identifier of this system.",
        fix="an identifier has 26 letters A-Z and digits 2-7; scan the code or copy the whole address",
    )


def parse_identifier(text: str) -> str:
    """Return the canonical (upper-case) spelling of an identifier, or raise InvalidIdentifier."""
    return encode_identifier(decode_identifier(text))


def new_certificate_number(prefix: str, year: int) -> str:
    """Return a number for people, as ``S4C-2026-7K3MQ-9XT2A-Y``: 50 random bits and a check symbol.

    Random, not counted: nobody learns how many were issued, and two writers need no common counter.
    The check symbol notices every mistyped symbol and every two that changed places.
    """
    symbols = "".join(secrets.choice(_CROCKFORD) for _ in range(_NUMBER_SYMBOLS))
    return f"{prefix}-{year}-{symbols[:5]}-{symbols[5:]}-{_check_symbol(symbols)}"


def _check_symbol(symbols: str) -> str:
    """Return the value of the polynomial with these coefficients at a generator of GF(32), without constant.

    Each symbol has another non-zero weight, so one wrong symbol changes the sum, and so do two exchanged.
    """
    check = 0
    for symbol in symbols:
        check = (check ^ _CROCKFORD.index(symbol)) << 1
        if check & 32:
            check ^= 0b100101  # x^5 + x^2 + 1, which is primitive
    return _CROCKFORD[check]


def parse_certificate_number(text: str) -> str:
    """Return the canonical spelling of a certificate number as typed or read aloud.

    Lower case, spaces and the look-alikes I, L, O are understood as Crockford proposes.

    Raises:
        InvalidIdentifier: Wrong form, or the check symbol says that something was mistyped.
    """
    cleaned = "".join(text.split()).upper()
    parts = cleaned.rsplit("-", 3)
    if len(parts) == 4 and "-" in parts[0]:  # noqa: PLR2004 - prefix-year, five, five, check
        head, *tail = parts
        body = "".join(tail).translate(str.maketrans("ILO", "110"))
        well_formed = [len(part) for part in tail] == [5, 5, 1] and all(c in _CROCKFORD for c in body)
        if well_formed and _check_symbol(body[:-1]) == body[-1]:
            return f"{head}-{body[:5]}-{body[5:10]}-{body[10]}"
    raise InvalidIdentifier(
        "This is not a certificate number, or it was mistyped.",
        fix="copy it from the certificate, for example S4C-2026-7K3MQ-9XT2A-Y",
    )
