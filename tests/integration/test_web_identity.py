"""The addresses that a credential names answer, for programs and for people, and say nothing personal."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from credential_keys import INTEROP, ask
from flask.testing import FlaskClient
from website import Site, open_site, read_page, words
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from certify.bootstrap import build
from certify.credential.contexts import DID_V1, MULTIKEY_V1, OB_V3, OWN_FILE, VC_V2, load, shipped
from certify.credential.didweb import did_of
from certify.credential.multibase import from_multikey
from certify.credential.openbadge import credential
from certify.credential.rdf import canonical
from certify.issuing.awarding import unfilled_award
from certify.issuing.credentials import ALGORITHMS
from certify.keyring.credentials import open_credential_keys
from certify.verification.attachment import read_attachment
from certify.web.app import create_app

JSON = {"Accept": "application/ld+json, application/json;q=0.9"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = open_site(tmp_path_factory.mktemp("identity"))
    settings = made.place.services.settings
    open_credential_keys(settings.key_directory, settings.key_passphrase_file, made.place.services.clock)
    yield made
    made.place.services.database.close()


@pytest.fixture
def anybody(site: Site) -> FlaskClient:
    return site.app.test_client()


@pytest.fixture(scope="module")
def issued(site: Site) -> dict:
    """The credential of a certificate of Ana's."""
    certificate = site.certificate_of_ana()
    with site.place.services.database.reading() as unit:
        award = unit.certificates.get(certificate).award
    return credential(award)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def path_of(site: Site, address: str) -> str:
    base = site.place.services.settings.public_base
    assert address.startswith(base)
    return address.removeprefix(base).partition("#")[0]


PUBLISHED = [
    "/.well-known/did.json",
    "/did.json",
    "/.well-known/jwks.json",
    "/issuer.json",
    "/contexts/certify-v1.json",
]


def test_the_did_document_and_the_key_set_hold_every_key(site, anybody):
    base = site.place.services.settings.public_base
    keys = site.place.services.published_keys()
    assert {key.kind.value for key in keys} == {"ed25519", "p256"}
    document = anybody.get("/.well-known/did.json").get_json(force=True)
    assert document["id"] == did_of(base)
    assert [from_multikey(method["publicKeyMultibase"]) for method in document["verificationMethod"]] == [
        (key.kind, key.public) for key in keys
    ]
    listed = anybody.get("/.well-known/jwks.json").get_json(force=True)["keys"]
    assert [key["kid"] for key in listed] == document["assertionMethod"]
    assert anybody.get("/did.json").data == anybody.get("/.well-known/did.json").data


@pytest.mark.parametrize("path", PUBLISHED)
def test_a_published_document_may_be_read_by_any_site_kept_and_asked_for_again(anybody, path):
    first = anybody.get(path, headers={"Origin": "https://elsewhere.example"})
    assert first.status_code == 200
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "no-store" not in first.headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers
    again = anybody.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert anybody.get(path, headers={"If-None-Match": '"another"'}).data == first.data
    assert json.loads(first.data)


@pytest.mark.parametrize("path", ["", "/certs", "/a%20b/c"])
def test_anothers_resolver_finds_the_did_document_by_the_did_alone(site, path):
    """Port and path stand in the DID; the document stands where the did:web method looks for it."""
    port = free_port()
    base = f"https://localhost:{port}{path}"
    services = build(replace(site.place.services.settings, public_base=base), site.place.services.clock)
    app = (
        DispatcherMiddleware(NotFound(), {unquote(path): create_app(services)})
        if path
        else create_app(services)
    )
    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context="adhoc")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        done = subprocess.run(
            ["node", "--no-warnings", "resolve.mjs", did_of(base)],
            cwd=INTEROP,
            env={**os.environ, "NODE_TLS_REJECT_UNAUTHORIZED": "0"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        server.shutdown()
        thread.join()
        services.database.close()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)[did_of(base)]
    assert "error" not in found["didResolutionMetadata"], found
    document = found["didDocument"]
    assert document["id"] == did_of(base)
    assert [from_multikey(method["publicKeyMultibase"]) for method in document["verificationMethod"]] == [
        (key.kind, key.public) for key in services.published_keys()
    ]
    assert document["assertionMethod"] == [method["id"] for method in document["verificationMethod"]]


def test_a_cookie_changes_no_published_document(site, anybody):
    ana = site.person("trainer").client
    for path in (*PUBLISHED, "/frameworks/small/1", "/achievements/small/1/developer/en"):
        assert ana.get(path).data == anybody.get(path).data


def test_the_context_is_the_file_that_ships(anybody):
    answer = anybody.get("/contexts/certify-v1.json")
    assert (answer.data, answer.mimetype) == (shipped(OWN_FILE), "application/ld+json")


def test_the_profile_is_the_issuer_of_credentials(anybody, issued):
    profile = anybody.get("/issuer.json").get_json(force=True)
    del profile["@context"]
    assert profile == issued["issuer"]


def test_an_achievement_is_the_node_in_the_credential(site, anybody, issued):
    node = issued["credentialSubject"]["achievement"]
    answer = anybody.get(path_of(site, node["id"]), headers=JSON)
    assert answer.mimetype == "application/ld+json"
    published = answer.get_json(force=True)
    assert published.pop("@context") == issued["@context"]
    assert published == node
    assert canonical({**published, "@context": issued["@context"]})


def ids_on(text: str) -> set[str]:
    return {piece.split('"')[0] for piece in text.split(' id="')[1:]}


def test_every_address_within_an_achievement_is_a_place_on_its_page(site, anybody, issued):
    node = issued["credentialSubject"]["achievement"]
    page = anybody.get(path_of(site, node["id"]), headers=BROWSER)
    assert page.mimetype == "text/html"
    places = [
        node["criteria"]["id"],
        *(item["id"] for item in (*node["alignment"], *node["resultDescription"])),
    ]
    assert {urlsplit(place).fragment for place in places} <= ids_on(page.get_data(as_text=True))
    assert node["description"] in words(page)
    assert all(item["targetName"] in words(page) for item in node["alignment"] if "eqfLevel" in item)


def test_every_competence_is_a_place_on_the_page_of_its_framework(site, anybody, issued):
    ours = [item for item in issued["credentialSubject"]["achievement"]["alignment"] if "eqfLevel" in item]
    page = anybody.get(path_of(site, ours[0]["targetUrl"]), headers=BROWSER)
    assert {urlsplit(item["targetUrl"]).fragment for item in ours} <= ids_on(page.get_data(as_text=True))
    for link in read_page(page).links:
        if link.startswith("/achievements/"):
            assert anybody.get(link).status_code == 200


def test_a_frameworks_json_has_the_digest_that_credentials_name(site, anybody, issued):
    node = issued["credentialSubject"]["achievement"]
    path = f"/frameworks/{node['frameworkId']}/{node['frameworkVersion']}"
    answer = anybody.get(path, headers=JSON)
    assert answer.mimetype == "application/json"
    assert hashlib.sha256(answer.data).hexdigest() == node["frameworkDigest"]
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    [
        "/achievements/small/1/developer/xx",
        "/achievements/small/1/nobody/en",
        "/achievements/small/2/developer/en",
        "/achievements/small/1/../developer/en",
        "/frameworks/small/2",
        "/frameworks/another/1",
        "/contexts/certify-v2.json",
        "/contexts/credentials-v2.json",
    ],
)
def test_what_was_never_published_is_not_found(anybody, path):
    assert anybody.get(path).status_code == 404
    assert anybody.get(path, headers={"Accept": "application/json"}).status_code == 404


def test_others_verify_what_is_in_an_issued_file_by_what_stands_at_our_addresses(site, anybody, issued):
    """From the finished PDF to another program's answer, over the addresses that the credential itself names."""
    with site.place.services.database.reading() as unit:
        row = unit.certificates.get(issued["certificateId"])
        attached = json.loads(read_attachment(unit.certificates.pdf(row.id)))
    tokens = {name: site.place.services.tokens.of(row, name) for name in ALGORITHMS}
    did = anybody.get("/.well-known/did.json").get_json(force=True)
    ours = attached["@context"][2]
    documents = {
        **{name: load(name)["document"] for name in (VC_V2, OB_V3, DID_V1, MULTIKEY_V1)},
        ours: anybody.get(path_of(site, ours)).get_json(force=True),
        did["id"]: did,
        **{key["id"]: {"@context": MULTIKEY_V1, **key} for key in did["verificationMethod"]},
    }
    now = attached["awardedDate"]
    changed = {**attached, "name": "Another"}
    found = ask(
        "verify", credentials={"attached": attached, "changed": changed}, documents=documents, now=now
    )
    assert {name: answer["verified"] for name, answer in found.items()} == {
        "attached": True,
        "changed": False,
    }
    found = ask(
        "tokens", tokens=tokens, jwks=anybody.get("/.well-known/jwks.json").get_json(force=True), now=now
    )
    assert {name: answer["payload"]["name"] for name, answer in found.items()} == dict.fromkeys(
        ALGORITHMS, attached["name"]
    )


def test_nobody_stands_in_what_is_published(site, anybody):
    with site.place.services.database.reading() as unit:
        framework = unit.frameworks.latest("small")
    award = unfilled_award(framework, "developer", "en")
    pages = ["/frameworks/small/1", "/achievements/small/1/developer/en", *PUBLISHED]
    for path in pages:
        for headers in (JSON, BROWSER):
            text = anybody.get(path, headers=headers).get_data(as_text=True)
            assert site.ana.name.latin not in text
            assert site.ana.name.native not in text
    assert award.holder.printed == award.certificate_id == award.number == ""
