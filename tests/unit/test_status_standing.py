"""What status lists say of a credential: every entry read, and nothing guessed."""

from __future__ import annotations

import copy
import json
from datetime import timedelta

import pytest
from awards import AWARD
from small_scheme import NOW
from status_keys import IssuerKeys

from certify.credential.openbadge import credential
from certify.status.lists import period, sign_list
from certify.status.model import CertificateStatus
from certify.status.published import StatusPurpose
from certify.verification.standing import CannotTell, ListedStatus, standing_from_lists

BASE = "https://certificates.example"
KEYS = IssuerKeys()
AT = NOW + timedelta(hours=3)
INDEX, NUMBER = AWARD.status_index, AWARD.status_list
CREDENTIAL = credential(AWARD)


def a_list(purpose, *indexes, number=NUMBER, at=NOW, keys=KEYS, base=BASE):
    signed = sign_list(base, purpose, number, indexes, period(at, at, keys.usable_from), keys)
    return signed.json


def suspensions(*indexes, **how):
    return a_list(StatusPurpose.SUSPENSION, *indexes, **how)


def revocations(*indexes, **how):
    return a_list(StatusPurpose.REVOCATION, *indexes, **how)


def found(*lists, of=CREDENTIAL, at=AT, keys=KEYS):
    return standing_from_lists(of, lists, keys.published(), BASE, at)


def code(*lists, **how):
    answer = found(*lists, **how)
    assert isinstance(answer, CannotTell), answer
    assert answer.reason.endswith(".")
    return answer.code


def with_entry(name, **members):
    changed = copy.deepcopy(CREDENTIAL)
    changed[name] = {**changed[name], **members}
    return changed


def test_it_stands_where_every_list_is_read_and_no_bit_is_set():
    assert found(suspensions(INDEX - 1, INDEX + 1), revocations()) == ListedStatus(
        status=CertificateStatus.ACTIVE, as_of=NOW
    )


@pytest.mark.parametrize(
    ("suspended", "revoked", "status"),
    [
        ([INDEX], [], CertificateStatus.SUSPENDED),
        ([INDEX], [INDEX], CertificateStatus.REVOKED),
        ([], [INDEX], CertificateStatus.REVOKED),
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_each_list_is_read_and_not_only_the_first(suspended, revoked, status, turn):
    lists = [suspensions(*suspended), revocations(*revoked)][::turn]
    assert found(*lists).status is status


def test_the_lists_may_be_tokens():
    good = period(NOW, NOW, NOW)
    tokens = [sign_list(BASE, purpose, NUMBER, [INDEX], good, KEYS).jwt + b"\n" for purpose in StatusPurpose]
    assert found(*tokens).status is CertificateStatus.REVOKED


def test_nothing_read_is_cannot_tell():
    assert code() == "no-list"


@pytest.mark.parametrize("there", [suspensions(), revocations()], ids=["suspensions", "revocations"])
def test_good_news_needs_every_list(there):
    assert code(there) == "no-list"


def test_a_list_left_out_hides_no_bad_news():
    """Whoever shows only the list of suspensions cannot turn what it says into "cannot tell"."""
    assert found(suspensions(INDEX)).status is CertificateStatus.SUSPENDED
    assert found(revocations(INDEX)).status is CertificateStatus.REVOKED


def test_the_list_of_another_number_says_nothing():
    assert code(suspensions(number=NUMBER + 1), revocations(number=NUMBER + 1)) == "no-list"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda data: data[:-30],
        lambda data: data.replace(b'"ttl":1000', b'"ttl":9999'),
        lambda data: json.dumps({**json.loads(data), "proof": []}).encode(),
        lambda data: json.dumps({k: v for k, v in json.loads(data).items() if k != "proof"}).encode(),
        lambda _: suspensions(keys=IssuerKeys(seed=bytes(32))),
        lambda _: suspensions(base="https://elsewhere.example"),
    ],
)
def test_a_list_that_is_broken_unsigned_or_anothers_is_cannot_tell(spoil):
    assert code(spoil(suspensions()), revocations()) == "list-unreadable"


def test_a_list_that_is_broken_does_no_harm_beside_a_good_one():
    assert found(suspensions()[:-9], suspensions(), revocations()).status is CertificateStatus.ACTIVE


def test_of_two_good_lists_the_newer_one_counts_in_whatever_order_they_come():
    older, newer = suspensions(), suspensions(INDEX, at=NOW + timedelta(hours=1))
    for lists in ((older, newer), (newer, older)):
        assert found(*lists, revocations()).status is CertificateStatus.SUSPENDED
    reinstated = suspensions(at=NOW + timedelta(hours=2))
    assert found(newer, reinstated, revocations()).status is CertificateStatus.ACTIVE


def test_of_two_lists_of_the_same_second_the_bad_news_counts():
    for lists in ((suspensions(INDEX), suspensions()), (suspensions(), suspensions(INDEX))):
        assert found(*lists, revocations()).status is CertificateStatus.SUSPENDED


def test_as_of_is_when_the_oldest_list_was_made():
    answer = found(suspensions(at=NOW + timedelta(hours=1)), revocations())
    assert isinstance(answer, ListedStatus)
    assert answer.as_of == NOW


def test_a_list_of_another_time_is_cannot_tell():
    lists = suspensions(), revocations()
    assert code(*lists, at=NOW + timedelta(days=8)) == "list-outdated"
    assert code(*lists, at=NOW - timedelta(minutes=6)) == "list-outdated"
    assert isinstance(found(*lists, at=NOW - timedelta(minutes=4)), ListedStatus)
    # A clock that is behind must not make an older list of the newest.
    assert code(*lists, suspensions(INDEX, at=NOW + timedelta(days=1))) == "list-outdated"


@pytest.mark.parametrize("name", ["credentialStatus", "revocationStatus"])
@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"type": "StatusList2021Entry"}, "unknown-entry"),
        ({"type": ["BitstringStatusListEntry"]}, "unknown-entry"),
        ({"statusPurpose": "message"}, "unknown-entry"),
        ({"statusPurpose": "refresh"}, "unknown-entry"),
        ({"statusPurpose": None}, "unknown-entry"),
        ({"statusSize": 2}, "unknown-entry"),
        ({"statusSize": 1}, "unknown-entry"),
        ({"statusListIndex": INDEX}, "unknown-entry"),
        ({"statusListIndex": "-1"}, "unknown-entry"),
        ({"statusListIndex": "07"}, "unknown-entry"),
        ({"statusListIndex": "1e3"}, "unknown-entry"),
        ({"statusListIndex": "٣"}, "unknown-entry"),
        ({"statusListIndex": ""}, "unknown-entry"),
        ({"statusListIndex": "131072"}, "outside-list"),
        ({"statusListIndex": "9" * 400}, "unknown-entry"),
        ({"statusListCredential": "https://elsewhere.example/status/suspension/1.json"}, "foreign-list"),
        ({"statusListCredential": f"{BASE}/status/suspension/01.json"}, "foreign-list"),
        ({"statusListCredential": f"{BASE}/status/suspension/1.json#x"}, "foreign-list"),
        ({"statusListCredential": f"{BASE}/status/other/1.json"}, "foreign-list"),
        ({"statusListCredential": ""}, "foreign-list"),
        ({"statusListCredential": None}, "foreign-list"),
    ],
)
def test_an_entry_that_is_not_understood_is_cannot_tell_and_never_valid(name, members, expected):
    assert code(suspensions(), revocations(), of=with_entry(name, **members)) == expected


@pytest.mark.parametrize("value", [[], "https://x.example", 5, [CREDENTIAL["credentialStatus"], "x"]])
def test_a_credential_without_proper_entries_is_cannot_tell(value):
    changed = {**CREDENTIAL, "credentialStatus": value}
    answer = found(suspensions(), revocations(), of=changed)
    assert isinstance(answer, CannotTell)


def test_a_credential_that_names_a_list_for_one_purpose_only_is_cannot_tell():
    changed = {key: value for key, value in CREDENTIAL.items() if key != "revocationStatus"}
    assert code(suspensions(), revocations(), of=changed) == "no-entry"
    assert code(suspensions(), revocations(), of={}) == "no-entry"


def test_several_entries_in_an_array_are_all_read():
    clear = {**CREDENTIAL["credentialStatus"], "statusListIndex": "1"}
    changed = {**CREDENTIAL, "credentialStatus": [clear, CREDENTIAL["credentialStatus"]]}
    assert found(suspensions(INDEX), revocations(), of=changed).status is CertificateStatus.SUSPENDED


def test_a_key_retired_before_the_list_was_signed_makes_it_unreadable():
    published = KEYS.published(retired_at=NOW - timedelta(days=1))
    answer = standing_from_lists(CREDENTIAL, [suspensions(), revocations()], published, BASE, AT)
    assert isinstance(answer, CannotTell)
    assert answer.code == "list-unreadable"
