"""Random identifiers and certificate numbers.

Identifiers are 128 random bits (nothing about a person, an order or a count can be read from one),
written in RFC 4648 base32 without padding: 26 characters that a QR symbol holds in its compact
alphanumeric mode and that survive a change of case.
"""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata
from functools import reduce
from operator import getitem, xor

from certify.errors import InvalidIdentifier

# Programs put these where a person typed a hyphen; the rest are of Unicode's category Pd.
_MORE_DASHES = "\N{MINUS SIGN}\N{HYPHEN BULLET}"
_AROUND = re.compile(r"\A[\W_]+|[\W_]+\Z")

IDENTIFIER_LENGTH = 26
_IDENTIFIER_BYTES = 16
# Spelled out and in ASCII: str.upper() alone would let "ß" or a dotless i become another letter.
_SPELLED = re.compile("[A-Za-z2-7]{26}", re.ASCII)
_TO_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_PADDING = 0b11
# Crockford's base32: no I, L, O, U, so a number read over the telephone has one spelling.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_SYMBOLS = 10
_NUMBER = re.compile(
    rf"[A-Z0-9]{{2,8}}-[0-9]{{4}}-([{_CROCKFORD}]{{5}})-([{_CROCKFORD}]{{5}})-([{_CROCKFORD}])", re.ASCII
)
_RUN_TOGETHER = re.compile("([A-Z0-9]{2,8})([0-9]{4})([A-Z0-9]{5})([A-Z0-9]{5})([A-Z0-9])", re.ASCII)
_LABEL = re.compile(r"(?:NO|NR|[^\W\d_A-Z]+)(?:[.:] ?| )")
"""What a number is called before it is said, in other alphabets by any word."""
_LOOK_ALIKES = str.maketrans("ILO", "110")


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
    if _SPELLED.fullmatch(text):
        value = int(text.upper().translate(_TO_DIGITS), 32)
        # 130 bits are written, and the last two of them are padding.
        if not value & _PADDING:
            return (value >> 2).to_bytes(_IDENTIFIER_BYTES)
    raise InvalidIdentifier(
        "This is not an identifier of this system.",
        fix="an identifier has 26 letters A-Z and digits 2-7; scan the code or copy the whole address",
    )


def as_typed(text: str) -> str:
    """Return what a person typed or pasted without what programs made of it, and what stood around it in a sentence.

    Compatible characters are one (NFKC), dashes are hyphens, and what cannot be seen is left out.
    """
    seen = "".join(filter(_is_seen, text))
    plain = "".join(map(_plain_dash, unicodedata.normalize("NFKC", seen)))
    return _AROUND.sub("", plain)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf"} or character.isspace()


def _plain_dash(character: str) -> str:
    return "-" if unicodedata.category(character) == "Pd" or character in _MORE_DASHES else character


def parse_identifier(text: str) -> str:
    """Return the canonical (upper-case) spelling of an identifier, or raise InvalidIdentifier."""
    decode_identifier(text)
    return text.upper()


def new_certificate_number(prefix: str, year: int) -> str:
    """Return a number for people, as ``S4C-2026-7K3MQ-9XT2A-Y``: 50 random bits and a check symbol.

    Random, not counted: nobody learns how many were issued, and two writers need no common counter.
    The check symbol notices every mistyped symbol and every two that changed places.
    """
    value = secrets.randbits(5 * _NUMBER_SYMBOLS)
    symbols = "".join([_CROCKFORD[value >> 5 * place & 31] for place in range(_NUMBER_SYMBOLS)])
    return f"{prefix}-{year}-{symbols[:5]}-{symbols[5:]}-{_check_symbol(symbols)}"


def _check_symbol(symbols: str) -> str:
    """Return the value of the polynomial with these coefficients at a generator of GF(32), without constant.

    Each symbol has another non-zero weight, so one wrong symbol changes the sum, and so do two exchanged.
    """
    return _CROCKFORD[reduce(xor, map(getitem, _CHECKS, symbols))]


def _checks() -> list[dict[str, int]]:
    """What each symbol adds to the check, by its place: its value times a power of the generator."""
    made: list[dict[str, int]] = []
    weighed = list(range(32))
    for _ in range(_NUMBER_SYMBOLS):
        # x^5 + x^2 + 1, which is primitive.
        weighed = [value << 1 ^ (0b100101 if value & 16 else 0) for value in weighed]
        made.insert(0, dict(zip(_CROCKFORD, weighed, strict=True)))
    return made


_CHECKS = _checks()


def is_certificate_number(text: str) -> bool:
    """Tell whether a text is a number in its one spelling, as `new_certificate_number` gives it."""
    found = _NUMBER.fullmatch(text)
    return found is not None and _check_symbol(found[1] + found[2]) == found[3]


def parse_certificate_number(text: str) -> str:
    """Return the canonical spelling of a certificate number as typed or read aloud.

    Lower case, spaces and the look-alikes I, L, O are understood as Crockford proposes, the rest as `as_typed` says. Hyphens
    may stand elsewhere, or nowhere, as where a program made soft ones of them.

    Raises:
        InvalidIdentifier: Wrong form, or the check symbol says that something was mistyped.
    """
    said = " ".join(as_typed(text.replace("№", "no ")).upper().split())
    said = said[found.end() :] if (found := _LABEL.match(said)) else said
    found = _RUN_TOGETHER.fullmatch(said.replace(" ", "").replace("-", ""))
    if found is not None:
        prefix, year, *symbols = found.groups()
        number = "-".join([prefix, year, *[part.translate(_LOOK_ALIKES) for part in symbols]])
        if is_certificate_number(number):
            return number
    raise InvalidIdentifier(
        "This is not a certificate number, or it was mistyped.",
        fix="copy it from the certificate, for example S4C-2026-7K3MQ-9XT2A-Y",
    )
