"""The credential's codecs against what the specifications publish (tests/vectors/README.md)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from awards import AWARD
from credential_keys import BASE, KEYS
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft201909Validator
from small_scheme import NOW

from certify.credential import rdf
from certify.credential.contexts import load
from certify.credential.dataintegrity import hash_data
from certify.credential.didweb import did_of, document_path, document_url, jwk, profile_document
from certify.credential.jwt import check_signature
from certify.credential.model import KeyKind, PublishedKey
from certify.credential.multibase import base58btc, from_base58btc, from_multikey, multikey
from certify.credential.openbadge import issuer_of
from certify.credential.press import CredentialPress
from certify.errors import InvalidInput

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "keys_and_tokens.json").read_text("utf-8"))
EXAMPLE = FOLDER / "eddsa_rdfc_2022"


def source(vector: dict[str, Any]) -> str:
    found: str = vector["source"]
    return found


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def example(name: str) -> Any:
    return json.loads((EXAMPLE / name).read_text("utf-8"))


@pytest.fixture
def examples_context(monkeypatch):
    """The example names a context of examples, which the package does not ship and no credential may name."""
    address = "https://www.w3.org/ns/credentials/examples/v2"

    def also_examples(url: str, options: object = None) -> dict[str, Any]:
        if url == address:
            return {
                "contextUrl": None,
                "documentUrl": url,
                "document": example("credentials-examples-v2.json"),
            }
        return load(url, options)

    monkeypatch.setattr(rdf, "load", also_examples)


def test_the_worked_example_of_eddsa_rdfc_2022_gives_its_hashes_and_its_signature(examples_context):
    signed = example("signed-credential.json")
    proof = dict(signed["proof"])
    value = proof.pop("proofValue")
    hashed = hash_data(signed, proof)
    hashes = [(EXAMPLE / name).read_text("ascii") for name in ("proof-config-hash.txt", "doc-hash.txt")]
    assert hashed.hex() == "".join(hashes)
    secret = from_base58btc(example("key-pair.json")["privateKeyMultibase"])
    key = Ed25519PrivateKey.from_private_bytes(secret.removeprefix(b"\x80\x26"))
    assert base58btc(key.sign(hashed)) == value
    kind, public = from_multikey(example("key-pair.json")["publicKeyMultibase"])
    assert (kind, public) == (KeyKind.ED25519, key.public_key().public_bytes_raw())


def test_the_context_of_examples_is_unknown_without_that():
    with pytest.raises(InvalidInput, match="does not know"):
        rdf.canonical(example("signed-credential.json"))


@pytest.mark.parametrize("vector", VECTORS["base58btc"], ids=source)
def test_base58btc(vector):
    raw = bytes.fromhex(vector["hex"])
    assert base58btc(raw) == vector["text"]
    assert from_base58btc(vector["text"]) == raw


@pytest.mark.parametrize("vector", VECTORS["multikey"], ids=source)
def test_multikey(vector):
    kind, public = from_multikey(vector["text"])
    assert kind == vector["kind"]
    assert multikey(kind, public) == vector["text"]
    assert vector.get("hex", public.hex()) == public.hex()


@pytest.mark.parametrize(
    "text", ["", "z", "z0", "zOIl", "mAAAA", "z6Mk", "Z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"]
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(InvalidInput):
        from_multikey(text)


@pytest.mark.parametrize("vector", VECTORS["tokens"], ids=source)
def test_signatures_of_tokens(vector):
    given = vector["jwk"]
    x, y = unpadded(given["x"]), unpadded(given.get("y", ""))
    kind = KeyKind.P256 if y else KeyKind.ED25519
    public = bytes([2 + y[-1] % 2]) + x if y else x
    key = PublishedKey(id="k", kind=kind, public=public, made_at=NOW)
    ours = jwk(BASE, key)
    assert {name: ours[name] for name in given} == given
    assert ours["alg"] == vector["alg"]
    signed, _, signature = vector["token"].rpartition(".")
    check_signature(key, unpadded(signature), signed.encode())
    for wrong in (
        bytes(64),
        unpadded(signature)[:-1],
        b"",
        unpadded(signature)[32:] + unpadded(signature)[:32],
    ):
        with pytest.raises((InvalidSignature, ValueError)):
            check_signature(key, wrong, signed.encode())


@pytest.mark.parametrize("vector", VECTORS["did_web"], ids=source)
def test_where_a_did_web_document_is(vector):
    assert document_url(vector["did"]) == vector["document"]
    base = vector["document"].removesuffix("/did.json").removesuffix("/.well-known")
    assert did_of(base) == vector["did"]
    assert vector["document"].endswith(document_path(base))


def violations(schema: str, document: dict[str, Any]) -> list[str]:
    rules = json.loads((FOLDER / "open_badges" / schema).read_text("utf-8"))
    checker = Draft201909Validator(rules)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(document)]


def test_the_schema_of_1edtech_takes_the_credential_and_the_payload_of_its_tokens():
    issued = CredentialPress(BASE, KEYS).make(AWARD)
    schema = "ob_v3p0_achievementcredential_schema.json"
    assert violations(schema, json.loads(issued.json)) == []
    assert violations(schema, json.loads(unpadded(issued.jwt_es256.split(".")[1]))) == []
    assert violations(schema, {**json.loads(issued.json), "validFrom": 2026})
    assert violations(schema, {**json.loads(issued.json), "type": ["VerifiableCredential"]})


def test_the_schema_of_1edtech_takes_the_issuers_profile():
    profile = profile_document(issuer_of(AWARD))
    assert violations("ob_v3p0_profile_schema.json", profile) == []
    assert violations("ob_v3p0_profile_schema.json", {**profile, "address": "Sofia"})
