"""The signed statement of the QR code: its bytes, what is refused, and another implementation's opinion of it."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode as b64decode
from dataclasses import replace
from datetime import UTC, date, datetime

import cbor2
import pytest
from awards import AWARD
from credential_keys import BASE, KEYS
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError
from small_scheme import TODAY, small_framework, small_module
from statements import ED25519, ID, NAMES, OTHER_ID, P256, RETIRED, Case, facts, hostile, made, named, raw_of

from certify.credential.didweb import jwk
from certify.errors import Conflict, InvalidInput
from certify.statement.address import external_aad, from_text, read_address, scan_address, to_text
from certify.statement.cose import kid_of, sign
from certify.statement.keylist import key_list
from certify.statement.payload import Statement, decode_payload, encode_payload, scope_code
from certify.statement.verify import Refusal, verify_statement

KEYS_PUBLISHED = (ED25519, P256)
ADDRESS = scan_address(AWARD, P256, KEYS.sign_es256)


def test_the_bytes_are_those_of_the_worked_example() -> None:
    """docs/offline-qr.md: Олександр Шевченко, the Ed25519 key of the bytes 00 to 1f, the older algorithm number."""
    certificate_id = "AGMPHIVUYV6W5D4QDIVTYTK6N4"
    assert external_aad(certificate_id).hex() == b"CQ1".hex() + "0198f3a2b4c57d6e8f901a2b3c4d5e6f"
    assert kid_of(ED25519).hex() == "56475aa7"
    protected = bytes.fromhex("a20127044456475aa7")
    payload = bytes.fromhex("a5005303ceebe5eaf1e0ede4f020d8e5e2f7e5edeaee0103028211020319512c04195573")  # fmt: skip

    signed = sign(protected, payload, external_aad(certificate_id), KEYS.sign_eddsa)

    assert len(signed) == 116
    assert signed.hex().startswith("8449a20127044456475aa7a05824a5005303ceebe5ea" )  # fmt: skip
    assert signed[52:].hex().startswith("cd94fc37")
    assert signed.hex().endswith("ad648050b")
    assert to_text(signed).startswith("QRE2EAJHARCFMR22U6QF")


def test_our_payload_is_as_long_as_the_worked_examples() -> None:
    statement = Statement(
        name="Олександр Шевченко", scope=b"abcd", issued_on=date(2026, 11, 23), expires_on=date(2029, 11, 22)
    )

    assert encode_payload(statement).hex() == (
        "a4005303ceebe5eaf1e0ede4f020d8e5e2f7e5edeaee0144616263640219512c03195573"
    )  # fmt: skip


def test_an_address_says_what_is_large_on_the_page() -> None:
    certificate_id, text = read_address(ADDRESS)

    assert certificate_id == ID
    assert verify_statement(certificate_id, text, KEYS_PUBLISHED) == Statement(
        name="Мария Димитрова",
        scope=scope_code(AWARD.framework_digest, "role", "smart-city-project-manager"),
        issued_on=date(2026, 11, 24),
        expires_on=date(2029, 11, 24),
        specimen=True,
    )


def test_the_same_award_gives_the_same_address() -> None:
    assert scan_address(AWARD, P256, KEYS.sign_es256) == ADDRESS
    assert (
        hashlib.sha256(ADDRESS.encode()).hexdigest()
        == "61c275c9ccbac41ec86537619ebc4fa036191450ceeea335bc48028336a1c97b"
    )


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_name_is_read_back_as_it_was(name: str) -> None:
    text = scan_address(named(name), P256, KEYS.sign_es256).partition("#")[2]
    found = verify_statement(ID, text, KEYS_PUBLISHED)

    assert isinstance(found, Statement)
    assert found.name == name


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("typical Latin", 116),
        ("typical Cyrillic", 116),
        ("long Latin", 158),
        ("long Cyrillic", 159),
        ("long Greek", 158),
        ("mixed diacritics", 176),
    ],
)
def test_a_statement_is_as_short_as_the_study_says(name: str, size: int) -> None:
    award = replace(named(NAMES[name]), specimen=False)
    assert len(raw_of(scan_address(award, P256, KEYS.sign_es256).partition("#")[2])) == size


@pytest.mark.parametrize("case", list(hostile()), ids=lambda case: case.what)
def test_what_is_wrong_is_refused(case: Case) -> None:
    assert verify_statement(case.certificate_id, case.text, KEYS_PUBLISHED) is case.why


@pytest.mark.parametrize("algorithm", [-7, -8, -9, -19])
def test_the_older_and_the_newer_names_of_an_algorithm_are_accepted(algorithm: int) -> None:
    key = P256 if algorithm in {-7, -9} else ED25519
    text = to_text(cbor2.dumps(made(algorithm=algorithm, key=key)))

    assert isinstance(verify_statement(ID, text, KEYS_PUBLISHED), Statement)


def test_a_retired_key_is_believed_about_days_before_it_retired() -> None:
    text = ADDRESS.partition("#")[2]  # of 24 November; the key retired on the 23rd

    assert verify_statement(ID, text, (RETIRED,)) is Refusal.RETIRED_KEY
    same_day = replace(RETIRED, retired_at=datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC))
    assert isinstance(verify_statement(ID, text, (same_day,)), Statement)


def cose_key() -> COSEKey:
    members = jwk(BASE, P256)
    x, y = (b64decode(members[name] + "=") for name in ("x", "y"))
    return COSEKey.new({1: 2, 2: kid_of(P256), 3: -9, -1: 1, -2: x, -3: y})


def test_another_implementation_verifies_it_and_only_at_its_address() -> None:
    parts = cbor2.loads(raw_of(ADDRESS.partition("#")[2]))
    other = COSE.new()
    message = cbor2.CBORTag(18, parts)

    payload = other.decode(message, cose_key(), external_aad=external_aad(ID))

    assert cbor2.loads(payload)[0] == b"\x03" + "Мария Димитрова".encode("cp1251")
    with pytest.raises(CWTError):
        other.decode(message, cose_key(), external_aad=external_aad(OTHER_ID))


@pytest.mark.parametrize("key", [P256, ED25519], ids=["P-256", "Ed25519"])
def test_what_another_implementation_signs_is_believed(key: object) -> None:
    payload = cbor2.dumps(facts(), canonical=True)
    der = KEYS.p256 if key is P256 else KEYS.key
    pem = der.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    alg = "ESP256" if key is P256 else "Ed25519"
    private = COSEKey.from_pem(pem, alg=alg, kid=kid_of(key))  # type: ignore[arg-type]
    signed = COSE.new().encode(
        payload,
        private,
        protected={1: -9 if key is P256 else -19, 4: kid_of(key)},
        external_aad=external_aad(ID),  # type: ignore[arg-type]
    )
    text = to_text(cbor2.dumps(cbor2.loads(signed).value))

    found = verify_statement(ID, text, KEYS_PUBLISHED)

    assert found == decode_payload(payload)


@pytest.mark.parametrize(
    "scanned",
    [
        ADDRESS,
        f"  {ADDRESS}\n",
        f"{ADDRESS}.",
        f"{ADDRESS}).",
        ADDRESS.replace("#", "%23"),
        ADDRESS.replace("#", "%2523"),
        ADDRESS.lower(),
        ADDRESS.replace("https://certificates.example", "https://other.example/deep/path"),
    ],
)
def test_an_address_is_understood_as_mails_and_cameras_give_it(scanned: str) -> None:
    certificate_id, text = read_address(scanned)

    assert certificate_id == ID
    assert isinstance(verify_statement(certificate_id, text, KEYS_PUBLISHED), Statement)


@pytest.mark.parametrize(
    "scanned", ["", "https://certificates.example/", ADDRESS.partition("#")[0], "x" * 10_000]
)
def test_what_is_no_address_with_a_statement_is_refused(scanned: str) -> None:
    with pytest.raises(InvalidInput):
        read_address(scanned)


def test_no_text_is_read_that_no_code_could_hold() -> None:
    with pytest.raises(InvalidInput):
        from_text("A" * 1201)


def test_the_key_list_names_keys_and_roles_in_every_language() -> None:
    framework = small_framework((small_module("A5", {"a": 5}),), {"a": 5})

    document = key_list(BASE, (ED25519, RETIRED), [framework], TODAY)

    assert json.loads(json.dumps(document)) == document
    assert document["at"] == "2026-11-23T00:00:00Z"
    assert [key["kid"] for key in document["keys"]] == [kid_of(ED25519).hex(), kid_of(P256).hex()]
    assert document["keys"][1]["retired_at"] == "2026-11-23T12:00:00Z"
    # Nothing private: a JWK's private members (RFC 7518, 6.2.2) are none of these.
    assert document["keys"][1].keys() == {"kid", "kty", "crv", "x", "y", "made_at", "retired_at"}
    code = scope_code(framework.digest, "role", "developer").hex()
    title, place, lowest, highest = document["scopes"][code]
    assert document["texts"][title] == dict(framework.role["developer"].title)
    assert (lowest, highest) == (5, 5)
    assert document["texts"][document["frameworks"][place]["body"]] == dict(
        framework.scheme.awarding_body.name
    )


def test_every_role_and_unit_of_every_version_has_a_code_and_texts_stand_once() -> None:
    first = small_framework((small_module("A5", {"a": 5}),), {"a": 5})
    second = replace(first, version="2", digest="cd" * 32)

    document = key_list(BASE, (P256,), [first, second], TODAY)

    assert len(document["scopes"]) == 2 * len(first.certifiable)
    assert [framework["version"] for framework in document["frameworks"]] == ["1", "2"]
    assert len(document["texts"]) == len({json.dumps(text, sort_keys=True) for text in document["texts"]})


def test_two_keys_with_one_short_name_are_not_published() -> None:
    with pytest.raises(Conflict):
        key_list(BASE, (P256, replace(P256, id="other")), [], TODAY)


def test_a_code_that_two_roles_share_names_neither() -> None:
    framework = small_framework((small_module("A5", {"a": 5}),), {"a": 5})

    assert key_list(BASE, (P256,), [framework, framework], TODAY)["scopes"] == {}
