"""What our verifier refuses in a credential or a token, however well it is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

import pytest
from awards import AWARD
from credential_keys import BASE, KEYS, KeyPair

from certify.credential.dataintegrity import add_proof
from certify.credential.didweb import did_document, jwk, jwk_set, method_id
from certify.credential.jwt import base64url, verify_jwt
from certify.credential.openbadge import credential
from certify.credential.press import CredentialPress
from certify.credential.rdf import MAX_CREDENTIAL_BYTES, compact, parse
from certify.credential.verify import verify_credential
from certify.errors import InvalidInput

PRESS = CredentialPress(BASE, KEYS)
ISSUED = PRESS.make(AWARD)
PUBLISHED = KEYS.published()
EDDSA_KEY, ES256_KEY = (method_id(BASE, key.id) for key in PUBLISHED)
STRANGER = KeyPair(seed=bytes(32))


def claims() -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(ISSUED.jwt_eddsa.split(".")[1] + "=="))


def token(head: dict[str, Any], payload: dict[str, Any] | None = None, keys: KeyPair = KEYS) -> str:
    """A token with any header, well signed with the Ed25519 key."""
    parts = [base64url(compact(part).encode()) for part in (head, payload or claims())]
    signed = ".".join(parts)
    return f"{signed}.{base64url(keys.sign_eddsa(signed.encode()))}"


HEAD = {"alg": "EdDSA", "kid": EDDSA_KEY, "typ": "vc+jwt"}


def test_a_token_of_this_tests_own_making_is_accepted_so_that_the_refusals_mean_something():
    assert token(HEAD) == ISSUED.jwt_eddsa
    assert verify_jwt(token(HEAD), BASE, PUBLISHED)[1].id == KEYS.eddsa_key_id


def with_hmac(secret: bytes) -> str:
    head, body = ISSUED.jwt_eddsa.split(".")[:2]
    head = base64url(compact({**HEAD, "alg": "HS256"}).encode())
    signature = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64url(signature)}"


ATTACKS = {
    "alg none": token({**HEAD, "alg": "none"}),
    "alg none and no signature": token({**HEAD, "alg": "none"}).rpartition(".")[0] + ".",
    "alg None in capitals": token({**HEAD, "alg": "NONE"}),
    "HS256 with the public key": with_hmac(PUBLISHED[0].public),
    "HS256 with the public key as text": with_hmac(compact(jwk(BASE, PUBLISHED[0])).encode()),
    "the other key's algorithm": token({**HEAD, "alg": "ES256"}),
    "the other key": token({**HEAD, "kid": ES256_KEY}),
    "both of the other key": token({**HEAD, "alg": "ES256", "kid": ES256_KEY}),
    "the newer name of the algorithm": token({**HEAD, "alg": "Ed25519"}),
    "no algorithm": token({name: value for name, value in HEAD.items() if name != "alg"}),
    "no key": token({name: value for name, value in HEAD.items() if name != "kid"}),
    "no type": token({name: value for name, value in HEAD.items() if name != "typ"}),
    "type JWT": token({**HEAD, "typ": "JWT"}),
    "a stranger's key": token(HEAD, keys=STRANGER),
    "a stranger's key, embedded": token({**HEAD, "jwk": jwk(BASE, STRANGER.published()[0])}, keys=STRANGER),
    "the issuer's own key, embedded": token({**HEAD, "jwk": jwk(BASE, PUBLISHED[0])}),
    "a key set to fetch": token({**HEAD, "jku": "https://certificates.example/.well-known/jwks.json"}),
    "certificates": token({**HEAD, "x5c": ["MIIB"]}),
    "crit": token({**HEAD, "crit": ["exp"]}),
    "crit with an extension": token({**HEAD, "crit": ["b64"], "b64": False}),
    "empty crit": token({**HEAD, "crit": []}),
    "a foreign issuer's key": token({**HEAD, "kid": f"did:web:elsewhere.example#{KEYS.eddsa_key_id}"}),
    "a key's name alone": token({**HEAD, "kid": KEYS.eddsa_key_id}),
    "a number for a key": token({**HEAD, "kid": 1}),
    "a list for a key": token({**HEAD, "kid": [EDDSA_KEY]}),
    "truncated signature": ISSUED.jwt_eddsa[:-1],
    "longer signature": ISSUED.jwt_eddsa + "A",
    "padded signature": ISSUED.jwt_eddsa + "==",
    "padded header": ISSUED.jwt_eddsa.replace(".", "=.", 1),
    "a space": ISSUED.jwt_eddsa.replace(".", ". ", 1),
    "a line break at the end": ISSUED.jwt_eddsa + "\n",
    "letters of plain base64": ISSUED.jwt_eddsa.replace("-", "+").replace("_", "/"),
    "letters that are not ASCII": ISSUED.jwt_eddsa[:-1] + "а",
    "two parts": ISSUED.jwt_eddsa.rpartition(".")[0],
    "five parts": ISSUED.jwt_eddsa + ".AAAA.AAAA",
    "a million empty parts": "." * 1_000_000,
    "nothing": "",
    "larger than any": "A" * 1_400_001,
    "the other token's signature": ISSUED.jwt_eddsa.rpartition(".")[0]
    + "."
    + ISSUED.jwt_es256.rpartition(".")[2],
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_token_is_refused(name):
    begun = process_time()
    with pytest.raises(InvalidInput):
        verify_jwt(ATTACKS[name], BASE, PUBLISHED)
    assert process_time() - begun < 2


def test_a_token_with_spare_bits_in_its_base64url_is_refused():
    """A last letter whose lowest bits are not used has several spellings; one is enough."""
    last = ISSUED.jwt_eddsa[-1]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for bits in range(1, 16):
        other = letters[letters.index(last) ^ bits]
        with pytest.raises(InvalidInput, match="one spelling"):
            verify_jwt(ISSUED.jwt_eddsa[:-1] + other, BASE, PUBLISHED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "did:web:elsewhere.example"),
        ("jti", "https://certificates.example/v/AAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("sub", "https://certificates.example/v/AAAAAAAAAAAAAAAAAAAAAAAAAA#holder"),
        ("nbf", 0),
        ("exp", 4_102_444_800),
        ("iat", True),
        ("iat", -1),
        ("iat", 2**40),
        ("iat", "1795512600"),
        ("aud", "anybody"),
        ("vc", {}),
        ("proof", json.loads(ISSUED.json)["proof"]),
        ("@context", [f"https://elsewhere.example/{part}" for part in "abc"]),
        ("issuer", {**credential(AWARD)["issuer"], "id": "did:web:elsewhere.example"}),
    ],
)
def test_a_well_signed_token_whose_claims_say_something_else_is_refused(name, value):
    with pytest.raises(InvalidInput):
        verify_jwt(token(HEAD, {**claims(), name: value}), BASE, PUBLISHED)


@pytest.mark.parametrize("name", ["iss", "jti", "sub", "nbf", "exp", "iat", "issuer", "validUntil"])
def test_a_well_signed_token_that_lacks_a_claim_is_refused(name):
    left = {key: value for key, value in claims().items() if key != name}
    with pytest.raises(InvalidInput):
        verify_jwt(token(HEAD, left), BASE, PUBLISHED)


def test_a_name_that_stands_twice_in_a_token_or_a_credential_is_refused():
    body = base64.urlsafe_b64decode(ISSUED.jwt_eddsa.split(".")[1] + "==")
    head = ISSUED.jwt_eddsa.split(".")[0]
    more = body[:-1] + b',"name":"Another"}'
    signed = f"{head}.{base64url(more)}"
    twice = f"{signed}.{base64url(KEYS.sign_eddsa(signed.encode()))}"
    with pytest.raises(InvalidInput, match="twice"):
        verify_jwt(twice, BASE, PUBLISHED)
    for inside in (b'{"name":"Another",', b'{"@context":[],', b'{"\\u006eame":"Another",'):
        with pytest.raises(InvalidInput, match="twice"):
            verify_credential(inside + ISSUED.json[1:], BASE, PUBLISHED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"a":1.5}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b"\xef\xbb\xbf{}",
        '{"a":"é"}'.encode("latin-1"),
        '{"a":"é"}'.encode("utf-16"),
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
        b"{" + b" " * MAX_CREDENTIAL_BYTES + b"}",
        ISSUED.json + b"{}",
    ],
    ids=lambda data: repr(data[:16]),
)
def test_what_is_no_json_of_a_credential_is_refused(data):
    with pytest.raises(InvalidInput):
        parse(data)


def signed(document: dict[str, Any], keys: KeyPair = KEYS, **options: Any) -> bytes:
    """A document with a proof that is good whatever the document is."""
    given = {"verification_method": EDDSA_KEY, "created": AWARD.issued_at, **options}
    return compact(add_proof(document, sign=keys.sign_eddsa, **given)).encode()


def test_a_document_of_this_tests_own_making_is_accepted_so_that_the_refusals_mean_something():
    assert signed(credential(AWARD)) == ISSUED.json
    assert verify_credential(ISSUED.json, BASE, PUBLISHED)[1].id == KEYS.eddsa_key_id


def proof_with(**members: Any) -> bytes:
    document = json.loads(ISSUED.json)
    document["proof"] = [{**document["proof"][0], **members}]
    return compact(document).encode()


PROOF = json.loads(ISSUED.json)["proof"][0]


@pytest.mark.parametrize(
    "members",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-2022"},
        {"cryptosuite": "eddsa-jcs-2022"},
        {"proofPurpose": "authentication"},
        {"verificationMethod": ES256_KEY},
        {"verificationMethod": f"did:web:elsewhere.example#{KEYS.eddsa_key_id}"},
        {"verificationMethod": {"id": EDDSA_KEY}},
        {"created": "2026-11-24T09:30:01Z"},
        {"created": "2026-11-24T10:30:00+01:00"},
        {"created": "2026-02-30T00:00:00Z"},
        {"expires": "2030-01-01T00:00:00Z"},
        {"domain": "certificates.example"},
        {"challenge": "x"},
        {"previousProof": "urn:uuid:0"},
        {"id": "urn:uuid:0"},
        {"proofValue": PROOF["proofValue"][:-1]},
        {"proofValue": PROOF["proofValue"] + "1"},
        {"proofValue": "z1" + PROOF["proofValue"][1:]},
        {"proofValue": "z" + "1" * 64},
        {"proofValue": "m" + PROOF["proofValue"][1:]},
        {"proofValue": PROOF["proofValue"][1:]},
        {"proofValue": ""},
        {"proofValue": 5},
    ],
    ids=repr,
)
def test_a_proof_with_another_member_is_refused(members):
    with pytest.raises(InvalidInput):
        verify_credential(proof_with(**members), BASE, PUBLISHED)


@pytest.mark.parametrize("proofs", [[], [PROOF, PROOF], PROOF, "proof", None, [None]], ids=repr)
def test_anything_but_an_array_of_one_proof_is_refused(proofs):
    document = {**json.loads(ISSUED.json), "proof": proofs}
    with pytest.raises(InvalidInput):
        verify_credential(compact(document).encode(), BASE, PUBLISHED)


def test_a_stranger_who_signs_as_the_issuer_is_refused():
    with pytest.raises(InvalidInput, match="does not hold"):
        verify_credential(signed(credential(AWARD), STRANGER), BASE, PUBLISHED)


def test_a_credential_of_another_installation_is_refused_though_its_proof_is_good():
    elsewhere = "https://elsewhere.example"
    award = replace(AWARD, verification_url=f"{elsewhere}/v/{AWARD.certificate_id}")
    theirs = CredentialPress(elsewhere, KEYS).make(award)
    verify_credential(theirs.json, elsewhere, PUBLISHED)
    with pytest.raises(InvalidInput, match="context"):
        verify_credential(theirs.json, BASE, PUBLISHED)
    with pytest.raises(InvalidInput):
        verify_jwt(theirs.jwt_es256, BASE, PUBLISHED)


@pytest.mark.parametrize("seconds", [-1, 1])
def test_what_a_key_signed_stays_good_after_it_was_retired_and_nothing_later_is(seconds):
    retired = KEYS.published(AWARD.issued_at + timedelta(seconds=seconds))
    if seconds > 0:
        verify_credential(ISSUED.json, BASE, retired)
        verify_jwt(ISSUED.jwt_eddsa, BASE, retired)
        return
    with pytest.raises(InvalidInput, match="outside the time"):
        verify_credential(ISSUED.json, BASE, retired)
    with pytest.raises(InvalidInput, match="outside the time"):
        verify_jwt(ISSUED.jwt_eddsa, BASE, retired)


def test_what_is_said_to_be_older_than_its_key_is_refused():
    younger = tuple(replace(key, made_at=AWARD.issued_at + timedelta(seconds=1)) for key in PUBLISHED)
    with pytest.raises(InvalidInput, match="outside the time"):
        verify_credential(ISSUED.json, BASE, younger)


def test_an_award_older_than_its_key_is_signed_at_the_keys_own_time():
    award = replace(AWARD, issued_at=datetime(2025, 6, 1, tzinfo=UTC))
    made = CredentialPress(BASE, KEYS).make(award)
    document, _ = verify_credential(made.json, BASE, PUBLISHED)
    assert document["awardedDate"] == "2025-06-01T00:00:00Z"
    assert document["proof"][0]["created"] == "2026-01-01T00:00:00Z"


def test_a_hostile_document_of_the_largest_size_is_refused_soon():
    document = credential(AWARD)
    achievement = document["credentialSubject"]["achievement"]
    one = achievement["alignment"][0]
    many = [{**one, "id": f"{one['id']}-{number}"} for number in range(1008)]
    slow = {
        "alignments": {
            **document,
            "credentialSubject": {
                **document["credentialSubject"],
                "achievement": {**achievement, "alignment": many},
            },
        },
        "identities": {
            **document,
            "credentialSubject": {
                **document["credentialSubject"],
                "identifier": document["credentialSubject"]["identifier"] * 2000,
            },
        },
        "evidence": {
            **document,
            "evidence": [{**document["evidence"][0], "id": f"urn:x:{number}"} for number in range(5000)],
        },
    }
    for name, given in slow.items():
        data = compact({**given, "proof": [PROOF]}).encode()
        begun = process_time()
        with pytest.raises(InvalidInput):
            verify_credential(data, BASE, PUBLISHED)
        # Processor time, so that a busy machine does not count; without bounds these take minutes.
        assert process_time() - begun < 20, name


def test_the_identity_documents_name_every_key_with_its_purpose_and_its_end():
    retired_at = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    keys = (*KEYS.published(retired_at), *(replace(key, id=f"new-{key.id}") for key in PUBLISHED))
    document = did_document(BASE, keys)
    names = [method_id(BASE, key.id) for key in keys]
    assert document["assertionMethod"] == names == [method["id"] for method in document["verificationMethod"]]
    # Either would tell other verifiers to refuse what the key signed before.
    assert not any({"expires", "revoked"} & method.keys() for method in document["verificationMethod"])
    assert document["service"][0]["serviceEndpoint"] == f"{BASE}/.well-known/jwks.json"
    listed = jwk_set(BASE, keys)["keys"]
    assert [(key["kid"], key["use"], key.get("exp")) for key in listed] == [
        (name, "sig", int(retired_at.timestamp()) if position < 2 else None)
        for position, name in enumerate(names)
    ]
    assert not {"d", "k"} & {name for key in listed for name in key}
