"""Signed statements, and everything that may be wrong with one: asked of the Python and of the browser's verifier."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import cbor2
from awards import AWARD
from credential_keys import KEYS
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certify.credential.model import PublishedKey
from certify.people.model import HolderName
from certify.statement.address import external_aad, scan_address, to_text
from certify.statement.cose import kid_of
from certify.statement.verify import Refusal

ED25519, P256 = KEYS.published()
ID = AWARD.certificate_id
OTHER_ID = "AGMPHIVUYV6W5D4QDIVTYTK6N4"
RETIRED = replace(P256, retired_at=datetime(2026, 11, 23, 12, tzinfo=UTC))
NAMES = {
    "typical Latin": "Aleksandra Petrovna",
    "typical Cyrillic": "Олександр Шевченко",
    "typical Greek": "Κωνσταντίνος Παππάς",
    "typical Arabic": "عبد الرحمن الخوارزمي",
    "long Latin": "Maximiliana Alexandrina Theodora von und zu Hohenlohe-Langen",
    "long Cyrillic": "Константин-Владислав Преображенский-Благовещенский Александр",
    "long Greek": "Κωνσταντίνος-Αλέξανδρος Παπαδημητρακόπουλος-Χατζηγεωργιάδης",
    "long Arabic": "عبد الرحمن بن محمد بن عبد الله الخوارزمي البغدادي الأندلسي",
    "mixed diacritics": "Zoë Åström-Ďurčová Łukasiewicz-Őry Şahin-Ğöçmen Ķēniņš-Ūsiņs",
    "polytonic Greek": "Ἀλκιβιάδης Ὀδυσσεύς",
    "Kazakh": "Әлихан Бөкейханұлы",
    "Persian with a joiner": "علی‌رضا",
}


def named(name: str) -> Any:
    return replace(AWARD, holder=HolderName(native=name, latin="A B", printed=name))


def statement_text(name: str = "Мария Димитрова") -> str:
    """What stands after the ``#`` of a genuine address."""
    return scan_address(named(name), P256, KEYS.sign_es256).partition("#")[2]


def raw_of(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def facts(**changed: Any) -> dict[Any, Any]:
    """A payload as cbor2 takes it; a member by its number, as ``_1``; None removes nothing, `...` does."""
    made: dict[Any, Any] = {0: "Ana Li", 1: b"abcd", 2: 20781, 3: 21877}
    for key, value in changed.items():
        made[int(key[1:])] = value
    return {key: value for key, value in made.items() if value is not ...}


def made(
    payload: Any = None,
    *,
    header: Any = None,
    unprotected: dict[Any, Any] | None = None,
    algorithm: int = -9,
    key: PublishedKey = P256,
    aad: bytes = external_aad(ID),
) -> list[Any]:
    """A message signed with the real key, whatever it says, as the four parts of a COSE_Sign1."""
    encoded = payload if isinstance(payload, bytes) else cbor2.dumps(payload or facts(), canonical=True)
    if not isinstance(header, bytes):
        header = cbor2.dumps(header or {1: algorithm, 4: kid_of(key)}, canonical=True)
    to_sign = cbor2.dumps(["Signature1", header, aad, encoded])
    signature = KEYS.sign_es256(to_sign) if key is P256 else KEYS.sign_eddsa(to_sign)
    return [header, unprotected or {}, encoded, signature]


@dataclass(frozen=True)
class Case:
    """A statement that is not to be believed."""

    what: str
    text: str
    why: Refusal
    certificate_id: str = ID


def hostile() -> Iterator[Case]:  # noqa: PLR0915 - a list of cases
    good = made()
    raw = cbor2.dumps(good)
    text = to_text(raw)

    def unreadable(what: str, parts: Any) -> Case:
        return Case(
            what, to_text(parts if isinstance(parts, bytes) else cbor2.dumps(parts)), Refusal.UNREADABLE
        )

    def payload(what: str, value: Any) -> Case:
        return unreadable(what, made(value))

    yield Case("no text", "", Refusal.UNREADABLE)
    yield Case("a digit that base32 lacks", text[:-1] + "1", Refusal.UNREADABLE)
    yield Case(
        "a letter outside ASCII that upper case makes one of base32", "ß" + text[1:], Refusal.UNREADABLE
    )
    yield Case(
        "an impossible length", text[:-1] if len(text) % 8 in {2, 7} else text + "AAA"[:1], Refusal.UNREADABLE
    )
    yield Case("padding bits set", text[:-1] + _next_symbol(text[-1]), Refusal.UNREADABLE)
    yield Case("text too long for a code", "A" * 4096, Refusal.UNREADABLE)
    for length in (1, 5, 40, len(raw) - 1):
        yield unreadable(f"cut to {length} bytes", raw[:length])
    yield unreadable("a byte after its end", raw + b"\0")
    yield unreadable("a tag", b"\xd2" + raw)
    yield unreadable("a text", "Signature1")
    yield unreadable("three parts", good[:3])
    yield unreadable("five parts", [*good, b""])
    yield unreadable("a list of indefinite length", b"\x9f" + raw[1:] + b"\xff")
    yield unreadable("a length that is not the shortest", b"\x98\x04" + raw[1:])
    yield unreadable("deep nesting", b"\x81" * 500 + b"\x00")
    yield unreadable("a length beyond all memory", b"\x84\x5b" + b"\xff" * 8)
    yield unreadable("a list longer than all memory", b"\x9b" + b"\xff" * 8)
    yield unreadable("an unprotected key id", made(unprotected={4: kid_of(P256)}))
    yield unreadable("an unprotected algorithm", made(unprotected={1: -9}))
    yield unreadable("an unprotected array", [good[0], [], *good[2:]])
    yield unreadable("no payload", [*good[:2], None, good[3]])
    yield unreadable("a signature of 63 bytes", [*good[:3], good[3][:63]])
    yield unreadable(
        "a signature in DER", [*good[:3], b"\x30\x44\x02\x20" + good[3][:32] + b"\x02\x20" + good[3][32:]]
    )
    yield unreadable("a header that is empty", [b"", *good[1:]])
    yield unreadable("a header that is a list", made(header=[1, -9]))
    yield unreadable("no algorithm", made(header={4: kid_of(P256)}))
    yield unreadable("no key id", made(header={1: -9}))
    yield unreadable("an algorithm by name", made(header={1: "ES256", 4: kid_of(P256)}))
    yield unreadable("an algorithm that is true", made(header={1: True, 4: kid_of(P256)}))
    yield unreadable("a key id of 8 bytes", made(header={1: -9, 4: kid_of(P256) * 2}))
    yield unreadable("a critical parameter", made(header={1: -9, 2: [99], 4: kid_of(P256), 99: 1}))
    yield unreadable(
        "a header with its keys out of order", made(header=b"\xa2\x04\x44" + kid_of(P256) + b"\x01\x28")
    )
    yield unreadable(
        "a header with the algorithm twice", made(header=b"\xa3\x01\x28\x01\x28\x04\x44" + kid_of(P256))
    )
    yield payload("a payload that is a list", [1, 2])
    yield payload("no name", facts(_0=...))
    yield payload("an empty name", facts(_0=""))
    yield payload("a name with a line break", facts(_0="Ana\nLi"))
    yield payload("a name with a C1 control", facts(_0="Ana\x85Li"))
    yield payload("a name that is a number", facts(_0=7))
    yield payload("a name in no code page", facts(_0=b"\x09Ana"))
    yield payload("a packed name without letters", facts(_0=b"\x03"))
    yield payload("packed bytes without a code page", facts(_0=b""))
    yield payload("a name in a gap of windows-1251", facts(_0=b"\x03An\x98a"))
    yield payload("a name in a gap of windows-1253", facts(_0=b"\x04An\xaaa"))
    yield payload("a name of 401 letters", facts(_0="A" * 401))
    yield payload("a name that is not UTF-8", b"\xa4\x00\x62\xc3\x28\x01\x44abcd\x02\x00\x03\xf6")
    yield payload("a name with half a character", b"\xa4\x00\x63\xed\xa0\x80\x01\x44abcd\x02\x00\x03\xf6")
    yield payload("a scope of three bytes", facts(_1=b"abc"))
    yield payload("a scope that is text", facts(_1="abcd"))
    yield payload("a day before 1970", facts(_2=-1))
    yield payload("a day after the year 9999", facts(_3=2932897))
    yield payload("a day with a fraction", facts(_2=1.5))
    yield payload("a day that is false", facts(_2=False))
    yield payload("no day of issue", facts(_2=None))
    yield payload("no expiry", facts(_3=...))
    yield payload("it is no specimen", facts(_4=False))
    yield payload("a specimen by number", facts(_4=1))
    yield payload("a fact that nobody knows", facts(_5="x"))
    yield payload("a key that is text", {**facts(), "0": "x"})
    yield payload("the name twice", b"\xa5\x00\x61A\x00\x61B\x01\x44abcd\x02\x00\x03\xf6")
    yield payload("keys out of order", b"\xa4\x01\x44abcd\x00\x61A\x02\x00\x03\xf6")
    yield payload("a day in a long form", b"\xa4\x00\x61A\x01\x44abcd\x02\x18\x05\x03\xf6")
    yield payload("an undefined expiry", b"\xa4\x00\x61A\x01\x44abcd\x02\x00\x03\xf7")
    yield payload("a byte after its end", cbor2.dumps(facts()) + b"\0")

    stranger = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    unknown = [cbor2.dumps({1: -19, 4: b"\0\0\0\0"}), {}, good[2]]
    foreign = stranger.sign(cbor2.dumps(["Signature1", unknown[0], external_aad(ID), good[2]]))
    yield Case(
        "a key that the issuer never published",
        to_text(cbor2.dumps([*unknown, foreign])),
        Refusal.UNKNOWN_KEY,
    )
    under = made(key=ED25519, algorithm=-19)
    forged = stranger.sign(cbor2.dumps(["Signature1", under[0], external_aad(ID), under[2]]))
    yield Case(
        "another key under a published key's name",
        to_text(cbor2.dumps([*under[:3], forged])),
        Refusal.ALTERED,
    )
    for algorithm, key in (
        (-8, P256),
        (-19, P256),
        (-9, ED25519),
        (-7, ED25519),
        (5, P256),
        (-35, P256),
        (0, P256),
    ):
        wrong = made(algorithm=algorithm, key=key)
        yield Case(
            f"algorithm {algorithm} with a key of another kind",
            to_text(cbor2.dumps(wrong)),
            Refusal.WRONG_ALGORITHM,
        )
    yield Case("another certificate's", text, Refusal.ALTERED, OTHER_ID)
    yield Case(
        "signed for another purpose",
        to_text(cbor2.dumps(made(aad=b"XX1" + external_aad(ID)[3:]))),
        Refusal.ALTERED,
    )
    yield Case("signed without an id", to_text(cbor2.dumps(made(aad=b""))), Refusal.ALTERED)
    renamed = cbor2.dumps(facts(_0="Eva Li"), canonical=True)
    yield Case("another name", to_text(cbor2.dumps([*good[:2], renamed, good[3]])), Refusal.ALTERED)
    later = cbor2.dumps(facts(_3=None), canonical=True)
    yield Case("no end any more", to_text(cbor2.dumps([*good[:2], later, good[3]])), Refusal.ALTERED)
    specimen = cbor2.loads(made(facts(_4=True))[2])
    del specimen[4]
    yield Case(
        "a specimen that says so no more",
        to_text(cbor2.dumps([*good[:2], cbor2.dumps(specimen), made(facts(_4=True))[3]])),
        Refusal.ALTERED,
    )
    yield Case("a signature of zeros", to_text(cbor2.dumps([*good[:3], bytes(64)])), Refusal.ALTERED)
    broken = bytes([*good[3][:40], good[3][40] ^ 1, *good[3][41:]])
    yield Case("one bit of the signature", to_text(cbor2.dumps([*good[:3], broken])), Refusal.ALTERED)


def _next_symbol(symbol: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return alphabet[alphabet.index(symbol) + 1]
