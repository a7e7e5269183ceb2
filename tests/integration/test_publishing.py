"""What a holder makes public is public, what they take back is not; and all of it stands as files alone."""

from __future__ import annotations

import hashlib
import json

import pytest
from website import open_site

from certify.cli.publishing import Finding, _asked
from certify.credential.didweb import method_id
from certify.credential.jwt import verify_jwt
from certify.credential.verify import verify_credential
from certify.errors import InvalidInput, NotFound, NotPermitted
from certify.publicity.service import is_public, set_public
from certify.verification.attachment import read_attachment
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


def test_every_printed_address_is_known(site, certificate):
    with site.place.services.database.reading() as unit:
        (address,) = unit.certificates.addresses()
    assert address == f"{site.place.services.settings.public_base}/v/{certificate}"


def test_an_address_that_does_not_answer_is_said_so():
    assert _asked("http://127.0.0.1:9/v/X", {}) != Finding("http://127.0.0.1:9/v/X")
