"""What stands after the sign in a code's address stays with its reader, even where a mail filter sends it to us."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import ask_for, served
from small_scheme import TODAY
from statements import statement_text
from website import open_site

from certify.framework.load import load_framework, published_scheme
from certify.keyring.credentials import open_credential_keys
from certify.keyring.store import rotate
from certify.statement.keylist import key_list
from certify.status.published import StatusPurpose
from certify.web.app import create_app
from certify.web.fragments import WithoutFragments

SECRET = statement_text()
SENT = ("%23", "%2523", "%252523", "%23%23")


@pytest.fixture
def site(tmp_path: Path) -> Iterator:
    made = open_site(tmp_path)
    yield made
    made.place.services.database.close()


def test_a_real_server_writes_nothing_of_it_into_its_log_or_an_answer(site, tmp_path: Path) -> None:
    page = f"/v/{site.certificate_of_ana()}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    unknown = f"/v/{'A' * 26}"
    url = site.place.services.settings.database_url
    with served(site.place, url, tmp_path, port, workers=1):
        for sign in SENT:
            answer, body = ask_for(port, f"{page}{sign}{SECRET}", Accept="text/html")
            assert (answer.status, answer.headers["Referrer-Policy"]) == (200, "no-referrer")
            assert "statement-page.js" in body.decode()
            answers = [(answer, body)]
            for path in (
                f"{unknown}{sign}{SECRET}",
                f"/nowhere{sign}{SECRET}",
                f"{page}{sign}{SECRET}/more",
                f"{page}{sign}{SECRET}?lang=bg",
                f"/v/not-an-id{sign}{SECRET}",
                f"/candidate{sign}{SECRET}",
                f"/api/v1/verifications/{page[3:]}{sign}{SECRET}",
            ):
                answers.extend(
                    ask_for(port, path, Accept=accepted) for accepted in ("text/html", "application/json")
                )
            for answer, body in answers:
                assert SECRET.encode() not in body
                assert SECRET not in str(answer.headers)
    log = next(tmp_path.glob("serve-*.log")).read_text()
    assert "answered" in log
    assert SECRET[:20] not in log
    assert page[3:] not in log


def test_what_is_kept_in_memory_holds_nothing_of_it(site) -> None:
    app = create_app(site.place.services)
    page = f"/v/{site.certificate_of_ana()}"
    client = app.test_client()
    plain = client.get(page)
    sent = client.get(f"{page}%23{SECRET}")

    assert sent.data == plain.data
    assert sent.headers["ETag"] == plain.headers["ETag"]


@pytest.mark.parametrize("address", ["/v/AB/badge.svg", "/sign-in", "/v/AB%20CD", "/caf\u00e9", "/100%"])
def test_other_addresses_are_left_alone(address: str) -> None:
    seen: list[str] = []

    def inner(asked, start_response):
        seen.extend(asked[name] for name in ("PATH_INFO", "REQUEST_URI"))
        return []

    WithoutFragments(inner)({"PATH_INFO": address, "REQUEST_URI": address}, lambda *_: lambda _data: None)

    assert seen == [address, address]


def test_only_pages_that_need_a_script_may_run_one_and_only_ours(site) -> None:
    client = site.visitor().client
    for path in ("/", "/verify", "/checks", "/problems", "/nowhere", "/statement-keys.json"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "script-src" not in policy, path
        assert "default-src 'none'" in policy
    for path in (f"/v/{site.certificate_of_ana()}", "/offline", "/service-worker.js"):
        policy = client.get(path).headers["Content-Security-Policy"]
        found = dict(re.findall(r"([a-z-]+) ([^;]+)", policy))
        assert found["default-src"] == "'none'"
        assert {found[name] for name in ("script-src", "connect-src", "worker-src")} == {"'self'"}, path
    signing_in = client.get("/sign-in").headers["Content-Security-Policy"]
    # A passkey is asked for by a file of ours, which works in no background and talks to us alone.
    assert re.findall(r"(script-src|connect-src|worker-src) ([^;]+)", signing_in) == [
        ("script-src", "'self'"),
        ("connect-src", "'self'"),
    ]
    for path in (f"/v/{site.certificate_of_ana()}", "/offline"):
        page = client.get(path).get_data(as_text=True)
        assert re.findall(r"<script[^>]*>", page) == [
            '<script type="module" src="/static/statement-page.js">'
        ]
        assert not re.search(r"<[^>]+\\son[a-z]+=|javascript:", page)


def test_the_page_and_what_it_loads_are_small(site) -> None:
    client = site.visitor().client
    scripts = [
        client.get(f"/static/{name}").data
        for name in ("statement.js", "statement-page.js", "service-worker.js")
    ]

    assert sum(map(len, scripts)) < 24_000
    assert len(client.get("/offline").data) < 16_000
    assert len(client.get("/statement-keys.json").data) < 4_000


def test_the_worker_may_answer_for_the_whole_site(site) -> None:
    answer = site.visitor().client.get("/service-worker.js")

    assert answer.status_code == 200
    assert answer.mimetype in {"text/javascript", "application/javascript"}
    assert answer.headers["Cache-Control"] in {"no-store", "no-cache"}


def test_the_key_list_has_the_keys_that_sign_and_what_codes_mean(site) -> None:
    services = site.place.services
    services.status_lists.get(StatusPurpose.REVOCATION, 1)  # makes the keys
    found = site.visitor().client.get("/statement-keys.json").json

    assert {key["crv"] for key in found["keys"]} == {"P-256", "Ed25519"}
    scopes = [(found["texts"][title]["en"], low, high) for title, _, low, high in found["scopes"].values()]
    assert ("Developer", 5, 6) in scopes
    assert ("a", 5, 5) in scopes  # a unit; at another level it has another code
    assert found["at"] == "2026-11-23T00:00:00Z"


def test_the_key_list_is_loaded_again_only_when_it_changed(site) -> None:
    client = site.visitor().client
    first = client.get("/statement-keys.json")
    again = client.get("/statement-keys.json", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.data) == (304, b"")


def test_a_new_key_is_in_the_key_list_at_once_though_nothing_was_committed(site) -> None:
    services = site.place.services
    services.status_lists.get(StatusPurpose.REVOCATION, 1)  # makes the keys
    client = site.visitor().client
    before = {key["kid"] for key in client.get("/statement-keys.json").json["keys"]}

    settings = services.settings
    store = settings.key_directory, settings.key_passphrase_file, services.clock
    rotate(*store)
    open_credential_keys(*store)  # makes the new ones

    after = {key["kid"] for key in client.get("/statement-keys.json").json["keys"]}
    assert after > before


def test_the_key_list_of_the_shipped_scheme_is_small() -> None:
    framework = load_framework(published_scheme())
    document = key_list("https://certificates.example.org", (), [framework], TODAY)

    assert len(document["scopes"]) == len(framework.certifiable)
    assert len(json.dumps(document, ensure_ascii=False).encode()) < 20_000
