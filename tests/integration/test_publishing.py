"""What a holder makes public is public, what they take back is not; and all of it stands as files alone."""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.request
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from website import open_site

from certify.bootstrap import build
from certify.cli.findings import Finding
from certify.cli.installation import Installation
from certify.cli.publishing import _asked, _findings, _list
from certify.credential.didweb import method_id
from certify.credential.jwt import verify_jwt
from certify.credential.openbadge import credential as build_credential
from certify.credential.verify import verify_credential
from certify.errors import CertifyError, InvalidInput, NotFound, NotPermitted
from certify.files import write_whole
from certify.publicity.service import is_public, set_public
from certify.status.model import CertificateStatus, StatusAction, StatusReason
from certify.status.published import StatusPurpose, status_list_url
from certify.status.service import change_status
from certify.verification.attachment import read_attachment
from certify.verification.standing import standing_from_lists
from certify.web.app import create_app
from certify.web.publish import MANIFEST, publish


@pytest.fixture
def site(tmp_path):
    return open_site(tmp_path)


@pytest.fixture
def certificate(site):
    return site.certificate_of_ana()


def user(site, name):
    with site.place.services.database.reading() as unit:
        return unit.users.by_email(f"{name}@example.org")


def switch(site, name, certificate, *, public):
    services = site.place.services
    return set_public(services.database, services.clock, user(site, name), certificate, public=public)


def public(site, certificate):
    with site.place.services.database.reading() as unit:
        return is_public(unit, certificate), list(unit.publicity.public_ids())


def written(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_certificate_is_private_until_its_holder_says_otherwise_and_again_afterwards(site, certificate):
    client = site.app.test_client()
    for kind in ("application/vc", "application/vc+jwt"):
        refused = client.get(f"/v/{certificate}", headers={"Accept": kind})
        assert refused.status_code == 406
    assert public(site, certificate) == (False, [])
    for other in ("boris", "certifier", "administrator"):
        with pytest.raises((NotFound, NotPermitted)):
            switch(site, other, certificate, public=True)
    assert switch(site, "ana", certificate, public=True) is True
    assert switch(site, "ana", certificate, public=True) is False
    assert public(site, certificate) == (True, [certificate])
    assert client.get(f"/v/{certificate}", headers={"Accept": "application/vc"}).status_code == 200
    assert switch(site, "ana", certificate, public=False) is True
    assert public(site, certificate) == (False, [])
    assert client.get(f"/v/{certificate}", headers={"Accept": "application/vc"}).status_code == 406


def test_a_holder_switches_it_on_their_own_page(site, certificate):
    ana = site.person("ana")
    assert ana.submit("/candidate", f"{certificate}/publicity", public="yes").status_code == 303
    assert public(site, certificate)[0]
    assert ana.submit("/candidate", f"{certificate}/publicity", public="no").status_code == 303
    assert not public(site, certificate)[0]


def test_the_credential_is_handed_out_as_attached_and_as_tokens_that_verify(site, certificate):
    services = site.place.services
    base, keys = services.settings.public_base, services.published_keys()
    ana = site.person("ana")
    sent = ana.get(f"/certificates/{certificate}/credential.json")
    assert sent.mimetype == "application/vc"
    assert sent.data == read_attachment(services.register.pdf(certificate))
    document, _key = verify_credential(sent.data, base, keys)
    stated = {name: value for name, value in document.items() if name != "proof"}
    for algorithm in ("EdDSA", "ES256"):
        token = ana.get(f"/certificates/{certificate}/credential.jwt?alg={algorithm}")
        assert token.mimetype == "application/vc+jwt"
        found, key = verify_jwt(token.text, base, keys)
        assert found == stated
        assert method_id(base, key.id)
        program = site.app.test_client()
        headers = {"Authorization": f"Bearer {site.token('ana')}"}
        path = f"/api/v1/certificates/{certificate}/credential"
        assert program.get(f"{path}.jwt?alg={algorithm}", headers=headers).data == token.data
        assert program.get(path, headers=headers).data == sent.data
    assert ana.get(f"/certificates/{certificate}/credential.jwt?alg=none").status_code == 422


def test_the_public_side_is_written_whole_then_only_what_changed_and_what_is_private_again_goes(
    site, certificate, tmp_path
):
    folder = tmp_path / "public"
    first = publish(create_app(site.place.services), folder, [])
    assert (first.written, first.removed) == (first.files, 0)
    files = written(folder)
    manifest = json.loads(files.pop(MANIFEST))
    assert manifest["files"].keys() == files.keys()
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256(files[name]).hexdigest()
    assert {
        ".well-known/did.json",
        ".well-known/jwks.json",
        "status/revocation/1.json",
        "index.html",
        "index.bg.html",
    } <= files.keys()
    assert not [name for name in files if name.startswith("v/")]
    assert b"Ana" not in b"".join(files.values())

    again = publish(create_app(site.place.services), folder, [])
    assert (again.written, again.removed) == (0, 0)

    switch(site, "ana", certificate, public=True)
    more = publish(create_app(site.place.services), folder, [certificate])
    assert more.written == more.files - again.files
    page = (folder / "v" / certificate / "index.html").read_text()
    assert "<form" not in page
    assert "report.json" in page
    assert f'href="/v/{certificate}/index.bg.html"' in page
    keys = site.place.services.published_keys()
    data = (folder / "v" / certificate / "credential.json").read_bytes()
    verify_credential(data, site.place.services.settings.public_base, keys)

    gone = publish(create_app(site.place.services), folder, [])
    assert gone.removed == more.files - again.files
    assert not list((folder / "v" / certificate).glob("*"))


def test_a_folder_of_somebody_elses_is_left_alone(site, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InvalidInput):
        publish(create_app(site.place.services), tmp_path / "mine", [])
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / MANIFEST).write_text('{"files": {"../x": {}}}')
    with pytest.raises(InvalidInput):
        publish(create_app(site.place.services), tmp_path / "odd", [])


def test_what_is_published_for_another_address_is_left_alone(site, tmp_path, monkeypatch):
    """As from a timer whose shell lacks the settings."""
    folder = tmp_path / "public"
    no_room_for(monkeypatch, "jwks.json")
    with pytest.raises(CertifyError):  # even where it was stopped half-way
        publish(create_app(site.place.services), folder, [])
    monkeypatch.undo()
    before = written(folder)
    settings = replace(site.place.services.settings, public_base="http://localhost:8000")

    with pytest.raises(InvalidInput) as refused:
        publish(create_app(build(settings, site.place.services.clock)), folder, [])

    assert site.place.services.settings.public_base in str(refused.value)
    assert "CERTIFY_PUBLIC_BASE" in refused.value.fix
    assert written(folder) == before


def no_room_for(monkeypatch, name):
    def full(path, content):
        if path.name == name:
            raise CertifyError("cannot be written: No space left on device.", where=str(path))
        return write_whole(path, content)

    monkeypatch.setattr("certify.web.publish.write_whole", full)


def test_publishing_that_was_stopped_half_way_is_taken_up_again(site, tmp_path, monkeypatch):
    folder = tmp_path / "public"
    no_room_for(monkeypatch, "did.json")
    with pytest.raises(CertifyError):
        publish(create_app(site.place.services), folder, [])
    assert len(written(folder)) > 3
    monkeypatch.undo()
    publish(create_app(site.place.services), folder, [])
    names = set(json.loads((folder / MANIFEST).read_bytes())["files"])
    assert names | {MANIFEST} == set(written(folder))


def test_what_a_stopped_run_wrote_of_a_certificate_goes_when_its_holder_withdraws_it(
    site, certificate, tmp_path, monkeypatch
):
    folder = tmp_path / "public"
    no_room_for(monkeypatch, "report.json")
    with pytest.raises(CertifyError):
        publish(create_app(site.place.services), folder, [certificate])
    assert (folder / "v" / certificate / "index.html").exists()
    monkeypatch.undo()
    (folder / ".htaccess").write_text("whoever runs the web host has files here too")
    publish(create_app(site.place.services), folder, [])
    assert not [path for path in (folder / "v").rglob("*") if path.is_file()]
    assert (folder / ".htaccess").exists()


def test_publishing_says_nothing_of_the_answers_that_it_writes(site, tmp_path, capsys):
    publish(create_app(site.place.services), tmp_path / "public", [])
    assert capsys.readouterr().out == ""


def test_the_doctor_names_what_is_no_setting_and_does_not_call_it_wrong(monkeypatch):
    monkeypatch.setenv("CERTIFY_PUBLIC_BSE", "https://certificates.example.org")
    found = next(_findings(Installation(), every=False))
    assert (found.what, found.fault) == ("CERTIFY_PUBLIC_BSE", "")
    assert "CERTIFY_PUBLIC_BASE" in found.advice


def test_every_printed_address_is_known(site, certificate):
    with site.place.services.database.reading() as unit:
        (address,) = unit.certificates.addresses()
    assert address == f"{site.place.services.settings.public_base}/v/{certificate}"


def test_an_address_that_does_not_answer_is_said_so():
    assert _asked("http://127.0.0.1:9/v/X", {}) != Finding("http://127.0.0.1:9/v/X")


@pytest.fixture
def file_host(site, tmp_path):
    """The public side on a plain file host on this machine, and its address."""
    folder = tmp_path / "public"
    publish(create_app(site.place.services), folder, [])

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            del arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_copy_whose_status_lists_nobody_renews_is_said_so_before_they_end(file_host, site):
    base, folder = file_host
    now = site.place.services.clock()
    ending = {0: "", 3: "", 5: "ends in 1 days", 9: "has ended 3 days ago"}
    for days, fault in ending.items():
        for purpose in StatusPurpose:
            found = _list(status_list_url(base, purpose, 1), now + timedelta(days=days))
            assert found.fault.partition(";")[0] == fault
    (folder / "status" / "revocation" / "1.json").write_text('{"validUntil": "soon"}')
    (folder / "status" / "suspension" / "1.json").write_text("[]")
    for name, fault in {
        "revocation/1.json": "is no status list",
        "suspension/1.json": "answers about something else",
        "revocation/2.json": "answers 404",
    }.items():
        assert _list(f"{base}/status/{name}", now).fault == fault


def test_lists_from_a_file_host_tell_what_stands(file_host, site, certificate):
    """The file host's bytes alone, read by whoever has the credential and the issuer's keys."""
    base, folder = file_host
    services = site.place.services
    with services.database.reading() as unit:
        stated = build_credential(unit.certificates.get(certificate).award)
    publish(create_app(services), folder, [])
    for action, reason, status in (
        (None, None, CertificateStatus.ACTIVE),
        (StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION, CertificateStatus.SUSPENDED),
        (StatusAction.REVOKE, StatusReason.MISCONDUCT, CertificateStatus.REVOKED),
    ):
        if action is not None:
            change_status(
                services.database, services.clock, user(site, "certifier"), certificate, action, reason
            )
            publish(create_app(services), folder, [])
        lists = []
        for name in ("credentialStatus", "revocationStatus"):
            path = stated[name]["statusListCredential"].removeprefix(services.settings.public_base)
            with urllib.request.urlopen(base + path, timeout=10) as answer:
                lists.append(answer.read())
        found = standing_from_lists(
            stated, lists, services.published_keys(), services.settings.public_base, services.clock()
        )
        assert found.status is status
