"""A status list as a signed credential: what it states, and that nothing but what was signed is read."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from small_scheme import NOW
from status_keys import IssuerKeys

from certify.clock import iso
from certify.credential.model import KeyKind, PublishedKey
from certify.errors import InvalidInput
from certify.status.lists import VALID_FOR, period, read_list, sign_list
from certify.status.model import CertificateStatus
from certify.status.published import SETS, StatusPurpose, indexes_set

BASE = "https://certificates.example.org/house"
KEYS = IssuerKeys()
GOOD = period(NOW, None, NOW)
REVOKED = sign_list(BASE, StatusPurpose.REVOCATION, 3, [0, 77, 131_071], GOOD, KEYS)


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    else:
        yield path, value


def changed(document, path, value):
    copy = json.loads(json.dumps(document))
    at = copy
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return json.dumps(copy).encode()


def other(value):
    return value + 1 if isinstance(value, int) else value[:-1] + ("B" if value[-1:] == "A" else "A")


def payload_of(token: bytes) -> dict:
    part = token.split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(part + b"=="))


def token_of(payload: dict, keys: IssuerKeys = KEYS, head: dict | None = None) -> bytes:
    """Sign any payload as the issuer would."""

    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    header = head or {
        "alg": "EdDSA",
        "kid": "did:web:certificates.example.org:house#credential-1",
        "typ": "vc+jwt",
    }
    signed = part(json.dumps(header).encode()) + b"." + part(json.dumps(payload).encode())
    return signed + b"." + part(keys.sign_eddsa(signed))


def test_a_list_states_what_the_specification_asks_for():
    """Bitstring Status List 1.0, 2.2."""
    document = json.loads(REVOKED.json)
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["id"] == f"{BASE}/status/revocation/3.json"
    assert document["issuer"] == "did:web:certificates.example.org:house"
    assert document["credentialSubject"]["type"] == "BitstringStatusList"
    assert document["credentialSubject"]["statusPurpose"] == "revocation"
    assert document["credentialSubject"]["id"] != document["id"]
    assert document["validFrom"] < document["validUntil"]
    assert document["proof"][0]["created"] == document["validFrom"]
    assert payload_of(REVOKED.jwt).items() >= {"iss": document["issuer"], "jti": document["id"]}.items()


@pytest.mark.parametrize("data", [REVOKED.json, REVOKED.jwt], ids=["json", "jwt"])
def test_both_securings_are_read_as_the_same_list(data):
    found = read_list(data, BASE, KEYS.published())
    assert (found.purpose, found.number) == (StatusPurpose.REVOCATION, 3)
    assert (found.valid_from, found.valid_until) == GOOD
    assert [index for index in (0, 1, 76, 77, 78, 131_070, 131_071) if found.bits.is_set(index)] == [
        0,
        77,
        131_071,
    ]


def test_every_leaf_of_a_list_changed_in_turn_is_refused():
    document = json.loads(REVOKED.json)
    paths = list(leaves(document))
    assert len(paths) > 12
    for path, value in paths:
        with pytest.raises(InvalidInput):
            read_list(changed(document, path, other(value)), BASE, KEYS.published())


def test_every_leaf_of_a_token_changed_in_turn_is_refused_even_where_it_is_signed_again():
    payload = payload_of(REVOKED.jwt)
    for path, value in leaves(payload):
        if path in {("credentialSubject", "ttl"), ("credentialSubject", "encodedList")}:
            continue  # what an issuer may choose
        with pytest.raises(InvalidInput):
            read_list(token_of(json.loads(changed(payload, path, other(value)))), BASE, KEYS.published())
    assert read_list(token_of(payload), BASE, KEYS.published()).number == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("validUntil"),
        lambda document: document.pop("validFrom"),
        lambda document: document.pop("credentialSubject"),
        lambda document: document["credentialSubject"].pop("encodedList"),
        lambda document: document["credentialSubject"].update(statusPurpose=["revocation"]),
        lambda document: document["credentialSubject"].update(statusSize=2),
        lambda document: document["credentialSubject"].update(ttl=True),
        lambda document: document["credentialSubject"].update(ttl=-1),
        lambda document: document.update(credentialSubject=[document["credentialSubject"]]),
        lambda document: document.update(id=f"{BASE}/status/revocation/03.json"),
        lambda document: document.update(id=f"{BASE}/status/message/3.json"),
        lambda document: document.update(id=f"{BASE}/status/suspension/3.json"),
        lambda document: document.update(id="https://elsewhere.example/status/revocation/3.json"),
        lambda document: document.update(credentialStatus={"type": "BitstringStatusListEntry"}),
        lambda document: document["type"].append("OpenBadgeCredential"),
        lambda document: document.update(type=["VerifiableCredential"]),
    ],
)
def test_what_the_issuer_would_never_sign_is_not_read_even_if_it_is_signed(change):
    payload = payload_of(REVOKED.jwt)
    change(payload)
    with pytest.raises(InvalidInput):
        read_list(token_of(payload), BASE, KEYS.published())


@pytest.mark.parametrize(
    "head",
    [
        {"alg": "none", "kid": "did:web:certificates.example.org:house#credential-1", "typ": "vc+jwt"},
        {"alg": "HS256", "kid": "did:web:certificates.example.org:house#credential-1", "typ": "vc+jwt"},
        {"alg": "EdDSA", "kid": "did:web:certificates.example.org:house#other", "typ": "vc+jwt"},
        {"alg": "EdDSA", "kid": "did:web:certificates.example.org:house#credential-1", "typ": "JWT"},
    ],
)
def test_a_token_with_another_header_is_refused(head):
    with pytest.raises(InvalidInput):
        read_list(token_of(payload_of(REVOKED.jwt), head=head), BASE, KEYS.published())


def test_a_list_of_another_key_or_another_house_is_refused():
    stranger = IssuerKeys(seed=bytes(32))
    for data in (REVOKED.json, REVOKED.jwt):
        with pytest.raises(InvalidInput):
            read_list(data, BASE, stranger.published())
        with pytest.raises(InvalidInput):
            read_list(data, "https://certificates.example.org", KEYS.published())
        with pytest.raises(InvalidInput):
            read_list(data, BASE, ())


def test_what_a_key_signed_before_it_was_retired_stays_good_and_what_it_signed_after_does_not():
    after = KEYS.published(retired_at=NOW + timedelta(days=1))
    before = KEYS.published(retired_at=NOW - timedelta(seconds=1))
    for data in (REVOKED.json, REVOKED.jwt):
        assert read_list(data, BASE, after).number == 3
        with pytest.raises(InvalidInput, match="outside the time"):
            read_list(data, BASE, before)


def test_a_key_that_makes_no_proofs_is_no_key_of_a_list():
    p256 = PublishedKey(id=KEYS.eddsa_key_id, kind=KeyKind.P256, public=bytes(33), made_at=NOW)
    with pytest.raises(InvalidInput):
        read_list(REVOKED.json, BASE, [p256])


@pytest.mark.parametrize(
    "data", [b"", b"e", b"eyJ", b"e.e.e", b"eyJhbGciOiJub25lIn0..", b"{}", b"[]", b"\xff", b"e\xff", b"null"]
)
def test_what_is_no_list_is_refused(data):
    with pytest.raises(InvalidInput):
        read_list(data, BASE, KEYS.published())


def test_a_list_is_the_same_bytes_whenever_on_a_day_it_is_signed():
    early, late = datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)
    changed_at = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    made = {
        sign_list(BASE, StatusPurpose.REVOCATION, 1, [5], period(now, changed_at, KEYS.usable_from), KEYS)
        for now in (early, late)
    }
    assert len(made) == 1


def test_a_list_is_good_from_its_latest_change_for_a_week_of_the_day():
    """So the newer of two lists is known by its time, and a host that is not written to says so after a week."""
    key_from, now = NOW - timedelta(days=30), NOW.replace(hour=15)
    midnight = now.replace(hour=0, minute=0, second=0)
    assert period(now, None, key_from) == (midnight, midnight + VALID_FOR)
    assert period(now, now - timedelta(days=3), key_from)[0] == midnight
    assert period(now, now, key_from)[0] == now
    assert period(now, None, now)[0] == now
    assert period(now, None, key_from, timedelta(days=30))[1] == midnight + timedelta(days=30)


def test_no_list_is_good_before_its_key_was_made():
    found = read_list(REVOKED.json, BASE, KEYS.published())
    assert found.valid_from == KEYS.usable_from
    assert iso(KEYS.usable_from).encode() in REVOKED.json


def test_whatever_must_not_be_accepted_is_in_the_list_of_suspensions():
    """Open Badges readers are told of that list alone, so it must hold every status but the good one."""
    for status in CertificateStatus:
        assert (status in SETS[StatusPurpose.SUSPENSION]) == (status is not CertificateStatus.ACTIVE)
    assert SETS[StatusPurpose.REVOCATION] < SETS[StatusPurpose.SUSPENSION]
    standing = [
        (4, CertificateStatus.REVOKED),
        (9, CertificateStatus.SUSPENDED),
        (2, CertificateStatus.ACTIVE),
    ]
    assert indexes_set(StatusPurpose.SUSPENSION, standing) == [4, 9]
    assert indexes_set(StatusPurpose.REVOCATION, standing) == [4]
