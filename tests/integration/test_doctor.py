"""What the doctor says of keys and timestamps: good only where everything that signs can really be opened."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from website import open_site

from certify.bootstrap import build
from certify.cli.findings import key_findings, pinned_findings, timestamp_findings
from certify.keyring.credentials import open_credential_keys
from certify.keyring.store import rotate


@pytest.fixture
def services(tmp_path):
    """An installation that has issued a certificate."""
    site = open_site(tmp_path)
    site.certificate_of_ana()
    return site.place.services


def faults(services):
    return {item.what: item.fault for item in key_findings(services) if item.fault}


def of_kind(services, kind):
    return next(path.stem for path in sorted(services.settings.key_directory.glob(f"{kind}-*.key")))


def test_every_key_that_signs_is_looked_at_and_good(services):
    findings = list(key_findings(services))
    assert len(findings) == 4  # the authority, a signing key, and one for each of the credential's algorithms
    assert not [item for item in findings if item.fault or item.advice]


def test_a_damaged_certificate_is_its_keys_fault(services):
    signer = of_kind(services, "sign")
    (services.settings.key_directory / f"{signer}.pem").write_bytes(b"damaged")
    assert faults(services).keys() == {f"the key {signer}"}


@pytest.mark.parametrize("kind", ["sign", "credential"])
def test_a_private_key_that_is_missing_is_said_so(services, kind):
    key = of_kind(services, kind)
    (services.settings.key_directory / f"{key}.key").unlink()
    (told,) = [fault for what, fault in faults(services).items() if what == f"the key {key}"]
    assert "private key is missing" in told
    assert "backup" in told


def test_keys_that_the_passphrase_does_not_open_are_not_good(services):
    path = services.settings.key_passphrase_file
    good = path.read_bytes()
    damages = {
        "cannot be read": path.unlink,
        "does not open": lambda: path.write_bytes(b"another"),
        "Others may read": lambda: path.chmod(0o644),
    }
    for told, damage in damages.items():
        damage()
        found = faults(services)
        assert len(found) == 3, told  # nothing is signed with the authority until keys are rotated
        assert all(told in fault for fault in found.values())
        assert [item.what for item in key_findings(services) if item.advice] == ["the key authority"]
        path.unlink(missing_ok=True)
        path.write_bytes(good)
        path.chmod(0o600)
    assert not faults(services)


def test_without_a_key_store_the_doctor_says_so(services):
    shutil.rmtree(services.settings.key_directory)
    assert "no key store" in faults(services)["the keys"]


def test_a_backup_from_before_a_rotation_is_noticed_by_the_keys_that_certificates_name(tmp_path):
    site = open_site(tmp_path)
    services = site.place.services
    settings = services.settings
    old = settings.key_directory.with_name("backup")
    shutil.copytree(settings.key_directory, old)
    rotate(settings.key_directory, settings.key_passphrase_file, services.clock)
    made = open_credential_keys(settings.key_directory, settings.key_passphrase_file, services.clock)
    site.certificate_of_ana()
    (found,) = pinned_findings(services)
    assert not found.fault
    restored = build(replace(settings, key_directory=old), services.clock)
    assert not [item for item in key_findings(restored) if item.fault]
    (found,) = pinned_findings(restored)
    named = {key["id"] for key in json.loads((settings.key_directory / "keys.json").read_text())["keys"]}
    gone = named - {key["id"] for key in json.loads((old / "keys.json").read_text())["keys"]}
    assert {*made.ids} < gone
    assert all(key in found.fault for key in gone)
    assert "newest backup" in found.fault


def test_every_key_that_a_certificate_names_is_known_also_of_one_that_is_only_prepared(place):
    services = place.services
    with services.database.reading() as unit:
        assert unit.certificates.key_ids() == frozenset()
    services.issuer.issue(place.granted())
    rotate(services.settings.key_directory, services.settings.key_passphrase_file, services.clock)
    services.issuer.prepare(place.granted("C-2", "Eva Li", "Eva Li"))
    with services.database.reading() as unit:
        rows = unit.certificates.all()
        named = unit.certificates.key_ids()
    assert {row.state.value for row in rows} == {"issued", "prepared"}
    assert named == {key for row in rows for key in (row.key_id, *(row.credential_key_ids or ()))}
    assert len(named) == 6


def stamping(services, path, level="B-T"):
    settings = replace(
        services.settings, pades_level=level, timestamp_url="http://127.0.0.1:9", timestamp_anchors=path
    )
    return build(settings, services.clock)


@pytest.mark.parametrize("level", ["B-B", "B-T"])
def test_what_is_wrong_with_the_timestamps_is_told_as_theirs_with_their_own_fix(services, tmp_path, level):
    nowhere, odd = tmp_path / "timestamp-anchors.pem", tmp_path / "odd.pem"
    odd.write_text("no certificate")
    for path, told in (
        (nowhere, "There is no such file."),
        (odd, "holds no PEM certificate."),
        (tmp_path, "cannot be read: Is a directory."),
    ):
        at_fault = stamping(services, path, level)
        assert not faults(at_fault)
        (found,) = timestamp_findings(at_fault)
        assert found.what == "the timestamps"
        assert found.fault.startswith(f"{path}: {told}")
        assert "timestamp authority's own CA certificate" in found.fault
        assert "authority.pem" not in found.fault


def test_where_no_timestamps_are_used_nothing_is_said_of_them(services, tmp_path):
    assert list(timestamp_findings(services)) == []
    good = tmp_path / "good.pem"
    good.write_bytes((services.settings.key_directory / "authority.pem").read_bytes())
    (found,) = timestamp_findings(stamping(services, good))
    assert found.fault == ""


def test_a_file_of_the_key_store_that_is_missing_is_restored_and_not_replaced(services):
    signer = of_kind(services, "sign")
    Path(services.settings.key_directory / f"{signer}.pem").unlink()
    told = faults(services)[f"the key {signer}"]
    assert "There is no such file." in told
    assert "restore it from a backup" in told
