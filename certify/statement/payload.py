"""What a statement says, and its bytes: a CBOR map with the keys 0 to 4.

0  name      text, or bytes: one for the code page, then the name in it, where that is shorter
1  scope     4 bytes that name the role and the framework version (`scope_code`)
2  issued    days since 1970-01-01
3  expires   likewise, or null for never
4  specimen  true; otherwise absent
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from certify.errors import InvalidInput
from certify.statement.cbor import Value, decode, encode

CODE_PAGES: Mapping[int, str] = {1: "cp1252", 2: "cp1250", 3: "cp1251", 4: "cp1253", 5: "cp1256"}
"""Every browser must know these by the names windows-1252 and so on (Encoding Standard, 4.2)."""

_LETTERS = {code: frozenset(bytes(range(256)).decode(page, "ignore")) for code, page in CODE_PAGES.items()}

SCOPE_LENGTH = 4
LONGEST_NAME = 400
_NAME, _SCOPE, _ISSUED, _EXPIRES, _SPECIMEN = range(5)
_EPOCH = date(1970, 1, 1)
_LAST_DAY = (date.max - _EPOCH).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The facts that an issuer signed for the QR code.

    Attributes:
        name: The holder's, as printed large on the certificate.
        scope: Names what is certified in the issuer's published list; see `scope_code`.
        expires_on: The last day on which it stands; None for no end.
        specimen: It certifies nothing.
    """

    name: str
    scope: bytes
    issued_on: date
    expires_on: date | None
    specimen: bool = False


@lru_cache(maxsize=256)
def scope_code(framework_digest: str, kind: str, item_id: str) -> bytes:
    """Return the code for a role (or unit) of one framework version: SHA-256 of what names it, four bytes.

    No counter has to be kept, and the code is bound to the framework's very content (docs/offline-qr.md).
    """
    return hashlib.sha256(f"{framework_digest} {kind} {item_id}".encode()).digest()[:SCOPE_LENGTH]


def encode_payload(statement: Statement) -> bytes:
    """Write a statement's payload; names are expected as `certify.people.names` lets them pass."""
    facts: dict[int, Value] = {
        _NAME: _packed(statement.name),
        _SCOPE: statement.scope,
        _ISSUED: (statement.issued_on - _EPOCH).days,
        _EXPIRES: None if statement.expires_on is None else (statement.expires_on - _EPOCH).days,
    }
    if statement.specimen:
        facts[_SPECIMEN] = True
    return encode(facts)


def decode_payload(raw: bytes) -> Statement:
    """Read a statement's payload.

    Raises:
        InvalidInput: Not in the one form that `encode_payload` gives, but for the choice of a code page.
    """
    facts = decode(raw)
    if not isinstance(facts, dict) or facts.keys() - {_SPECIMEN} != {_NAME, _SCOPE, _ISSUED, _EXPIRES}:
        raise _refusal("lacks a fact, or has one too many")
    scope = facts[_SCOPE]
    if not isinstance(scope, bytes) or len(scope) != SCOPE_LENGTH:
        raise _refusal("has no scope")
    if facts.get(_SPECIMEN, True) is not True:
        raise _refusal("says that it is no specimen")
    return Statement(
        name=_name(facts[_NAME]),
        scope=scope,
        issued_on=_day(facts[_ISSUED]),
        expires_on=None if facts[_EXPIRES] is None else _day(facts[_EXPIRES]),
        specimen=_SPECIMEN in facts,
    )


def _packed(name: str) -> str | bytes:
    if len(name.encode()) > len(name) + 1:
        for code, letters in _LETTERS.items():
            if letters.issuperset(name):
                return bytes((code,)) + name.encode(CODE_PAGES[code])
    return name


def _name(packed: Value) -> str:
    if isinstance(packed, str):
        name = packed
    elif isinstance(packed, bytes) and packed and packed[0] in CODE_PAGES:
        try:
            name = packed[1:].decode(CODE_PAGES[packed[0]])
        except UnicodeDecodeError:
            raise _refusal("has a name outside its code page") from None
    else:
        raise _refusal("has no name")
    # Browsers read the gaps of a code page as control characters where Python refuses them: so all are refused.
    if not 0 < len(name) <= LONGEST_NAME or any(unicodedata.category(symbol) == "Cc" for symbol in name):
        raise _refusal("has no name that can be shown")
    return name


def _day(number: Value) -> date:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _LAST_DAY:
        raise _refusal("has no day")
    return _EPOCH + timedelta(days=number)


def _refusal(what: str) -> InvalidInput:
    return InvalidInput(f"{what}.", where="statement")
