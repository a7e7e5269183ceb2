"""Keys that are lost: what is answered then, and that nothing makes it worse."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner
from website import open_site

from certify.bootstrap import build
from certify.cli.app import main
from certify.keyring.store import init_keys, list_keys
from certify.web.app import create_app

INIT = ("keys", "init", "--organisation", "A body", "--country", "BG")


@pytest.fixture
def site(tmp_path):
    return open_site(tmp_path / "place")


@pytest.fixture
def certificate(site):
    return site.certificate_of_ana()


@pytest.fixture
def certify(site, monkeypatch):
    """The command, on the site's installation."""
    settings = site.place.services.settings
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "KEY_DIRECTORY": settings.key_directory,
        "KEY_PASSPHRASE_FILE": settings.key_passphrase_file,
        "PUBLIC_BASE": settings.public_base,
        "FILE_DIRECTORY": settings.file_directory,
        "CHECKED_FILE": settings.checked_file,
    }.items():
        monkeypatch.setenv(f"CERTIFY_{name}", str(value))
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def emptied(site, certificate):
    """The key directory, after its content was lost."""
    directory = site.place.services.settings.key_directory
    shutil.rmtree(directory)
    directory.mkdir()
    return directory


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_needs_the_keys_answers_503_where_there_are_none(site, certificate, emptied, accept):
    services = build(site.place.services.settings, site.place.services.clock)
    client = create_app(services).test_client()
    for address in (
        f"/v/{certificate}",
        f"/v/{certificate}?lang=bg",
        "/.well-known/did.json",
        "/statement-keys.json",
    ):
        answer = client.get(address, headers={"Accept": accept})
        assert answer.status_code == 503, address
        if accept == "application/json":
            assert answer.json["code"] == "keys-missing"
        else:
            assert "The keys are not there" in answer.text or "bg" in address
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200


def test_the_command_advises_the_backup_before_new_keys(certify, site, certificate, emptied, tmp_path):
    file = tmp_path / "certificate.pdf"
    file.write_bytes(site.place.services.register.pdf(certificate))
    told = certify("verify", file)
    assert told.exit_code == 3
    assert "restore it from its backup" in told.stderr


def test_new_keys_are_refused_where_certificates_name_others(certify, site, emptied):
    refused = certify(*INIT)
    assert refused.exit_code == 1
    assert "sign-" in refused.stderr
    assert "credential-" in refused.stderr
    assert "restore the newest backup" in refused.stderr
    assert list(emptied.iterdir()) == []
    assert certify(*INIT, "--although-certificates-exist").exit_code == 0
    assert len(list_keys(emptied)) == 4


def test_keys_that_certificates_name_stay_as_they_are_and_init_lists_them(certify, certificate):
    again = certify(*INIT)
    assert again.exit_code == 0, again.output
    assert again.stderr == ""


def test_init_before_there_is_a_database_makes_keys(certify, site, monkeypatch, tmp_path):
    monkeypatch.setenv("CERTIFY_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("CERTIFY_KEY_DIRECTORY", str(tmp_path / "new"))
    assert certify(*INIT).exit_code == 0
    assert not (tmp_path / "none.db").exists()


def test_nothing_is_published_over_what_may_be_the_last_copy_of_the_keys(certify, site, emptied, tmp_path):
    folder = tmp_path / "public"
    settings = site.place.services.settings
    init_keys(
        settings.key_directory,
        settings.key_passphrase_file,
        site.place.services.clock,
        organisation="A body",
        country="BG",
    )
    refused = certify("publish", folder)
    assert refused.exit_code == 1
    assert "credential-" in refused.stderr
    assert "--although-keys-are-missing" in refused.stderr
    assert not folder.exists()
    done = certify("publish", folder, "--although-keys-are-missing")
    assert done.exit_code == 0, done.output
    assert (folder / "manifest.json").exists()


@pytest.mark.parametrize(
    ("organisation", "country", "used"),
    [("Other", "BG", False), ("A body", "DE", False), ("A body", "BG", True)],
)
def test_init_says_where_what_was_given_is_not_what_the_keys_name(certify, site, organisation, country, used):
    for form in ((), ("--json",)):
        told = certify("keys", "init", "--organisation", organisation, "--country", country, *form)
        assert told.exit_code == 0
        assert (told.stderr == "") is used
        if not used:
            assert "were not used" in told.stderr
            assert "A body, BG" in told.stderr
