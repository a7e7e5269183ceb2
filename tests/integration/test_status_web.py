"""The status lists at their addresses: public, fresh in every process, and read from any site."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from small_scheme import NOW
from status_keys import IssuerKeys

from certify.credential.openbadge import credential, status_entries
from certify.status.lists import read_list
from certify.status.model import CertificateStatus, StatusAction, StatusReason
from certify.status.publisher import StatusLists
from certify.status.service import change_status
from certify.verification.standing import standing_from_lists
from certify.web.app import create_app

BASE = "https://certificates.example.org"
KEYS = IssuerKeys(usable_from=NOW - timedelta(days=400))
ADDRESS = "/status/suspension/1.json"


@pytest.fixture
def row(place):
    return place.services.issuer.issue(place.granted())


@pytest.fixture
def client(place):
    services = place.services
    services.__dict__["status_lists"] = StatusLists(services.database, lambda: KEYS, services.clock, BASE)
    return create_app(services).test_client()


def change(place, row, action, reason):
    change_status(place.services.database, place.services.clock, place.certifier, row.id, action, reason)


def revoke(place, row):
    change(place, row, StatusAction.REVOKE, StatusReason.MISCONDUCT)


def is_set(answer, row):
    return read_list(answer.data, BASE, KEYS.published()).bits.is_set(row.award.status_index)


def test_a_certificates_own_addresses_lead_to_what_stands(place, row, client):
    """As a verifier goes: from the credential to its lists, to the answer."""
    stated = credential(row.award)

    def found():
        lists = [
            client.get(entry["statusListCredential"].removeprefix(BASE)).data
            for entry in status_entries(stated)
        ]
        return standing_from_lists(stated, lists, KEYS.published(), BASE, NOW).status

    assert found() is CertificateStatus.ACTIVE
    change(place, row, StatusAction.SUSPEND, StatusReason.HOLDER_REQUEST)
    assert found() is CertificateStatus.SUSPENDED
    revoke(place, row)
    assert found() is CertificateStatus.REVOKED


@pytest.mark.parametrize("name", ["json", "jwt"])
def test_an_unchanged_list_is_a_304_and_a_changed_one_is_sent_at_once(place, row, client, name):
    address = f"/status/suspension/1.{name}"
    first = client.get(address)
    assert first.headers["ETag"].startswith('"'), "a strong validator: the same bytes"
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    revoke(place, row)
    after = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != first.headers["ETag"]
    assert is_set(after, row)


def test_what_else_happens_to_the_register_leaves_the_validator_alone(place, row, client):
    del row
    first = client.get(ADDRESS)
    place.candidate("C-77")
    place.services.issuer.issue(place.granted("C-78"))
    assert client.get(ADDRESS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_no_cache_may_answer_without_asking(client):
    for address in (ADDRESS, "/status/revocation/1.jwt"):
        for answer in (client.get(address), client.head(address)):
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["ETag"]


def test_programs_in_browsers_may_read_the_lists_from_any_site(client):
    for address in (ADDRESS, "/status/suspension/1.jwt"):
        for answer in (
            client.get(address, headers={"Origin": "https://employer.example"}),
            client.options(address),
        ):
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in client.get("/").headers


def test_each_securing_has_its_media_type(client):
    assert client.get(ADDRESS).content_type == "application/json"
    assert client.get("/status/suspension/1.jwt").content_type == "application/vc+jwt"
    assert client.get(ADDRESS, headers={"Accept": "application/vc"}).status_code == 200
    assert json.loads(client.get(ADDRESS).data)["id"] == BASE + ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "/status/suspension/0.json",
        "/status/suspension/2.json",
        "/status/suspension/99999999999999999999999999.json",
        "/status/message/1.json",
        "/status/SUSPENSION/1.json",
        "/status/suspension/-1.json",
        "/status/suspension/1.xml",
        "/status/suspension/1",
        "/status/suspension/",
    ],
)
def test_there_is_nothing_at_any_other_address(client, address):
    answer = client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
