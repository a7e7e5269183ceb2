"""Another implementation reads our status lists and we read its: Digital Bazaar's, whose own is none of ours."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from awards import AWARD
from status_keys import IssuerKeys

from certify.clock import iso, system_clock
from certify.credential.contexts import DID_V1, MULTIKEY_V1, OB_V3, VC_V2, load, own_context
from certify.credential.didweb import did_document, did_of, method_id
from certify.credential.model import KeyKind
from certify.credential.multibase import base58btc, multikey
from certify.credential.openbadge import credential
from certify.status.bitstring import bitstring, decode, encode
from certify.status.lists import period, read_list, sign_list
from certify.status.published import ENTRIES, StatusPurpose, status_list_url

HERE = Path(__file__).parents[1] / "interop"
BASE = "https://certificates.example"
KEYS = IssuerKeys(usable_from=datetime(2020, 1, 1, tzinfo=UTC))
# Their check of a status asks the machine's own clock, so the lists are of today.
GOOD = period(system_clock(), None, KEYS.usable_from)


def ask(job: str, **given: Any) -> Any:
    """Ask the other implementation."""
    assert (HERE / "node_modules").is_dir(), "tools/interop.sh installs what this test asks"
    done = subprocess.run(
        ["node", "status_lists.mjs"],
        cwd=HERE,
        input=json.dumps({"job": job, **given}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def documents(*lists: dict) -> dict[str, Any]:
    """What a verifier would find at our addresses: contexts, the issuer's keys, the lists."""
    contexts = (VC_V2, OB_V3, DID_V1, MULTIKEY_V1, own_context(BASE))
    issuer = did_document(BASE, KEYS.published())
    method = issuer["verificationMethod"][0]
    return {
        **{address: load(address)["document"] for address in contexts},
        issuer["id"]: issuer,
        method["id"]: {"@context": [MULTIKEY_V1], **method},
        **{item["id"]: item for item in lists},
    }


def signed(purpose: StatusPurpose, indexes: list[int]) -> dict:
    return json.loads(sign_list(BASE, purpose, AWARD.status_list, indexes, GOOD, KEYS).json)


SPREAD = sorted(random.Random(17).sample(range(ENTRIES), 500))


@pytest.mark.parametrize("indexes", [[], [0], [ENTRIES - 1], [7, 8], SPREAD], ids=len)
def test_they_read_the_bits_that_we_write(indexes):
    assert ask("decode", encodedList=encode(bitstring(indexes))) == {"entries": ENTRIES, "set": indexes}


@pytest.mark.parametrize("entries", [ENTRIES, 2 * ENTRIES])
def test_we_read_the_bits_that_they_write(entries):
    bits = decode(ask("encode", entries=entries, set=SPREAD)["encodedList"])
    assert len(bits) == entries
    assert [index for index in range(entries) if bits.is_set(index)] == SPREAD


def test_they_verify_our_list_as_a_credential_of_the_issuer():
    ours = signed(StatusPurpose.REVOCATION, SPREAD)
    found = ask("verify", credential=ours, now=iso(GOOD[0]), documents=documents())
    assert found == {"verified": True, "error": ""}


def test_they_refuse_our_list_where_one_bit_was_changed_or_its_time_is_over():
    ours = signed(StatusPurpose.REVOCATION, SPREAD)
    subject = {**ours["credentialSubject"], "encodedList": encode(bitstring(SPREAD[1:]))}
    changed = {**ours, "credentialSubject": subject}
    assert not ask("verify", credential=changed, now=iso(GOOD[0]), documents=documents())["verified"]
    late = iso(GOOD[1].replace(year=GOOD[1].year + 1))
    assert not ask("verify", credential=ours, now=late, documents=documents())["verified"]


@pytest.mark.parametrize(
    ("indexes", "status"), [([AWARD.status_index], True), ([AWARD.status_index + 1], False)]
)
def test_they_find_the_status_of_our_certificate_in_our_list(indexes, status):
    """The one entry that Open Badges allows leads them to the list of suspensions."""
    found = ask(
        "check",
        credential=credential(AWARD),
        documents=documents(signed(StatusPurpose.SUSPENSION, indexes)),
    )
    assert found == {"verified": True, "error": "", "statuses": [status]}


def test_they_do_not_take_a_list_of_another_purpose_at_our_address():
    address = status_list_url(BASE, StatusPurpose.SUSPENSION, AWARD.status_list)
    wrong = {**signed(StatusPurpose.REVOCATION, []), "id": address}
    assert not ask("check", credential=credential(AWARD), documents=documents(wrong))["verified"]


def test_we_verify_a_list_that_they_signed_with_the_issuers_key():
    unsigned = {key: value for key, value in signed(StatusPurpose.SUSPENSION, []).items() if key != "proof"}
    unsigned["credentialSubject"]["encodedList"] = ask("encode", entries=ENTRIES, set=[12])["encodedList"]
    key = {
        "@context": MULTIKEY_V1,
        "id": method_id(BASE, KEYS.eddsa_key_id),
        "type": "Multikey",
        "controller": did_of(BASE),
        "publicKeyMultibase": multikey(KeyKind.ED25519, KEYS.public),
        "secretKeyMultibase": base58btc(b"\x80\x26" + KEYS.private),
    }
    theirs = ask("sign", credential=unsigned, date=iso(GOOD[0]), key=key, documents=documents())["credential"]
    # They write one proof as an object; this system reads the array that Open Badges asks for.
    data = json.dumps({**theirs, "proof": [theirs["proof"]]}).encode()
    found = read_list(data, BASE, KEYS.published())
    assert found.bits == bitstring([12])
