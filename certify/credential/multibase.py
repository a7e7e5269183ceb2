"""Multibase and Multikey: base58btc (``z``), and public keys with their multicodec prefix.

Sources: W3C Controlled Identifiers 1.0, 2.2.2 (Multikey) and 2.4 (Multibase); multicodec table.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import add

from certify.credential.model import KeyKind
from certify.errors import InvalidInput

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRED = 58 * 58
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PAIR_VALUES = {pair: value for value, pair in enumerate(_PAIRS)}
_SPELLED = re.compile(f"z[{_ALPHABET}]+")
_PREFIXES = {KeyKind.ED25519: b"\xed\x01", KeyKind.P256: b"\x80\x24"}
_LENGTHS = {KeyKind.ED25519: 32, KeyKind.P256: 33}
_LONGEST = 200
_REMEMBERED = 512


# A signature is written when it is made, and again when it is checked.
@lru_cache(_REMEMBERED)
def base58btc(raw: bytes) -> str:
    """Write bytes in base58btc with the multibase prefix ``z``."""
    number = int.from_bytes(raw)
    pairs: list[str] = []
    while number:
        number, pair = divmod(number, _PAIRED)
        pairs.append(_PAIRS[pair])
    digits = "".join(reversed(pairs)).lstrip("1")
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + "1" * zeros + digits


def from_base58btc(text: str) -> bytes:
    """Read base58btc with its prefix; every value has exactly one spelling.

    Raises:
        InvalidInput: Another base, a character outside the alphabet, or longer than any key or signature.
    """
    if len(text) > _LONGEST or not _SPELLED.fullmatch(text):
        raise InvalidInput("is not a base58btc value.", where="multibase", fix="it starts with z")
    digits = text[1:]
    # A leading zero makes whole pairs.
    paired = digits if len(digits) % 2 == 0 else "1" + digits
    number = 0
    for pair in map(add, paired[::2], paired[1::2]):
        number = number * _PAIRED + _PAIR_VALUES[pair]
    zeros = len(digits) - len(digits.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(kind: KeyKind, public: bytes) -> str:
    """Return a public key as ``publicKeyMultibase``."""
    return base58btc(_PREFIXES[kind] + public)


def from_multikey(text: str) -> tuple[KeyKind, bytes]:
    """Return kind and bytes of a ``publicKeyMultibase``.

    Raises:
        InvalidInput: Not base58btc, or not a key of a kind that this system uses.
    """
    raw = from_base58btc(text)
    for kind, prefix in _PREFIXES.items():
        if raw.startswith(prefix) and len(raw) == len(prefix) + _LENGTHS[kind]:
            return kind, raw[len(prefix) :]
    raise InvalidInput("is not an Ed25519 or P-256 key.", where="publicKeyMultibase")
