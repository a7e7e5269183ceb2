"""The status lists at their addresses: public, fresh in every process, and read from any site."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack

import pytest
from click.testing import CliRunner
from installation import install
from serving import ask, ask_for, served
from small_scheme import NOW

from certify.cli import main
from certify.clock import system_clock
from certify.credential.openbadge import credential, status_entries
from certify.keyring.credentials import published_keys
from certify.status.lists import read_list
from certify.status.model import CertificateStatus, StatusAction, StatusReason
from certify.status.service import change_status
from certify.verification.standing import standing_from_lists
from certify.web.app import create_app

BASE = "https://certificates.example.org"
ADDRESS = "/status/suspension/1.json"


@pytest.fixture
def row(place):
    return place.services.issuer.issue(place.granted())


@pytest.fixture
def client(place):
    return create_app(place.services).test_client()


def keys(place):
    return published_keys(place.services.settings.key_directory)


def change(place, row, action, reason, clock=None):
    services = place.services
    change_status(services.database, clock or services.clock, place.certifier, row.id, action, reason)


def revoke(place, row, clock=None):
    change(place, row, StatusAction.REVOKE, StatusReason.MISCONDUCT, clock)


def is_set(place, answer, row):
    return read_list(answer.data, BASE, keys(place)).bits.is_set(row.award.status_index)


def test_a_certificates_own_addresses_lead_to_what_stands(place, row, client):
    """As a verifier goes: from the credential to its lists, to the answer."""
    stated = credential(row.award)

    def found():
        lists = [
            client.get(entry["statusListCredential"].removeprefix(BASE)).data
            for entry in status_entries(stated)
        ]
        return standing_from_lists(stated, lists, keys(place), BASE, NOW).status

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
    assert is_set(place, after, row)


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


def test_two_servers_show_every_change_in_their_very_next_answer_in_the_same_bytes(
    database_url, tmp_path, free_port
):
    """A server of one worker each, so that it is known which process answers."""
    place = install(tmp_path, database_url)
    rows = [place.services.issuer.issue(place.granted(f"C-{number}")) for number in range(1, 6)]
    ports = free_port, other_port(free_port)
    with ExitStack() as running:
        for port in ports:
            running.enter_context(served(place, database_url, tmp_path, port, workers=1))
        seen = [ask_for(port, ADDRESS)[0].headers["ETag"] for port in ports]
        assert seen[0] == seen[1]
        for row in rows:
            revoke(place, row)
            answers = [ask_for(port, ADDRESS, **{"If-None-Match": seen[0]}) for port in ports]
            assert [answer.status for answer, _ in answers] == [200, 200]
            assert answers[0][1] == answers[1][1]
            found = read_list(answers[0][1], BASE, keys(place))
            assert found.bits.is_set(row.award.status_index)
            seen = [answer.headers["ETag"] for answer, _ in answers]
            assert seen[0] == seen[1]
            assert ask(ports[1], ADDRESS, **{"If-None-Match": seen[0]}) == (304, "")
    place.services.database.close()


def other_port(port):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert probe.getsockname()[1] != port
        return probe.getsockname()[1]


def test_the_command_writes_what_the_server_answers(place, row, client, tmp_path, monkeypatch):
    revoke(place, row, system_clock)
    settings = place.services.settings
    for name, value in (
        ("DATABASE_URL", settings.database_url),
        ("PUBLIC_BASE", settings.public_base),
        ("KEY_DIRECTORY", settings.key_directory),
        ("KEY_PASSPHRASE_FILE", settings.key_passphrase_file),
        ("CHECKED_FILE", settings.checked_file),
    ):
        monkeypatch.setenv(f"CERTIFY_{name}", str(value))
    folder = tmp_path / "public"
    done = CliRunner().invoke(main, ["status-lists", "write", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"changed": 4, "unchanged": 0}
    stated = credential(row.award)
    lists = [
        (folder / entry["statusListCredential"].removeprefix(f"{BASE}/")).read_bytes()
        for entry in status_entries(stated)
    ]
    now = system_clock()
    assert standing_from_lists(stated, lists, keys(place), BASE, now).status is CertificateStatus.REVOKED
    assert is_set(place, client.get(ADDRESS), row)
