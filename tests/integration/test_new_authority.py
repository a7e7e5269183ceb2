"""The end of a certification authority, and the next one: what the one before certified goes on verifying."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from installation import install
from signed_files import SIGNED_AT, Office, clock_at, one_page_pdf, outcomes
from small_scheme import NOW
from timestamp_office import Behaviour, Stamps, served
from website import open_site

from certify.bootstrap import build
from certify.cli.findings import key_findings
from certify.errors import Conflict, KeysMissing
from certify.keyring.authority import AUTHORITY_DAYS, SIGNER_DAYS
from certify.keyring.states import KeyOutlook, key_states
from certify.keyring.store import anchors, current_authority, list_keys, open_signer, rotate
from certify.pades.read import find_signature
from certify.verification.verifier import Verifier

END = NOW + timedelta(days=AUTHORITY_DAYS)


def rotated(services, at, **options):
    """Rotate the keys of an installation at a moment, and return its services as they are after a new start."""
    settings = services.settings
    rotate(settings.key_directory, settings.key_passphrase_file, clock_at(at), **options)
    return build(settings, clock_at(at))


def make_ending(path, end):
    """Return the PEM of certificates as those of a file, but ending at another time."""
    found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(
        found.issuer,
        found.subject,
        found.public_key(),
        found.serial_number,
        NOW - timedelta(days=1),
        end,
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def test_after_its_end_an_authority_certifies_no_key_and_the_error_says_what_does(tmp_path):
    office = Office.open(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for days in (AUTHORITY_DAYS, AUTHORITY_DAYS + 400):
        with pytest.raises(Conflict, match="rotate --new-authority") as caught:
            rotate(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT + timedelta(days=days)))
        assert caught.value.where
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name in before}
    assert kept == before
    assert office.signer.key_id == list_keys(tmp_path)[1].id


@pytest.mark.parametrize("days", [10, AUTHORITY_DAYS - 30, AUTHORITY_DAYS + 400])
def test_a_new_authority_signs_for_its_full_time_and_the_one_before_stays_an_anchor(tmp_path, days):
    old = Office.open(tmp_path)
    data = old.signer.sign(one_page_pdf(old.signer.contents_length), SIGNED_AT)
    (first,) = anchors(tmp_path)
    expected = outcomes(Verifier([first], None, clock_at(SIGNED_AT)).verify_file(data))
    later = SIGNED_AT + timedelta(days=days)
    new = rotate(tmp_path, tmp_path / "passphrase", clock_at(later), new_authority=True)
    assert anchors(tmp_path) == [first, current_authority(tmp_path)]
    second = current_authority(tmp_path)
    assert second.subject == first.subject
    assert second.not_valid_after_utc == later + timedelta(days=AUTHORITY_DAYS)
    signer, above = x509.load_pem_x509_certificates((tmp_path / f"{new.id}.pem").read_bytes())
    assert above == second
    signer.verify_directly_issued_by(second)
    with pytest.raises(InvalidSignature):
        signer.verify_directly_issued_by(first)
    assert signer.not_valid_after_utc == later + timedelta(days=SIGNER_DAYS)
    use = [(key.use, key.retired_at is None) for key in list_keys(tmp_path)]
    assert use == [
        ("authority", False),
        ("certificate-signing", False),
        ("authority", True),
        ("certificate-signing", True),
    ]
    outlooks = [state.outlook for state in key_states(tmp_path, later)]
    assert outlooks == [KeyOutlook.RETIRED, KeyOutlook.RETIRED, KeyOutlook.GOOD, KeyOutlook.GOOD]
    now = open_signer(tmp_path, tmp_path / "passphrase")
    for content, at in (
        (data, SIGNED_AT),
        (now.sign(one_page_pdf(now.contents_length, at=later), later), later),
    ):
        report = Verifier(anchors(tmp_path), None, clock_at(later)).verify_file(content)
        assert outcomes(report) == expected, at


def test_openssl_finds_the_right_one_of_two_authorities_of_one_name(tmp_path):
    office = Office.open(tmp_path)
    old = list_keys(tmp_path)[1]
    new = rotate(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT), new_authority=True)
    del office
    for key in (old, new):
        seconds = str(int(SIGNED_AT.timestamp()))
        subprocess.run(
            [
                "openssl",
                "verify",
                "-attime",
                seconds,
                "-CAfile",
                tmp_path / "authority.pem",
                tmp_path / f"{key.id}.pem",
            ],
            check=True,
            capture_output=True,
        )


def test_a_third_authority_keeps_both_before_it_and_plain_rotation_stays_under_the_present_one(tmp_path):
    Office.open(tmp_path)
    for days in (1, 2):
        rotate(
            tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT + timedelta(days=days)), new_authority=True
        )
    assert len(set(anchors(tmp_path))) == 3
    third = current_authority(tmp_path)
    assert third == anchors(tmp_path)[2]
    new = rotate(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT + timedelta(days=3)))
    x509.load_pem_x509_certificates((tmp_path / f"{new.id}.pem").read_bytes())[0].verify_directly_issued_by(
        third
    )
    assert [key.use for key in list_keys(tmp_path) if not key.retired_at] == [
        "authority",
        "certificate-signing",
    ]


def test_a_new_authority_needs_no_private_key_of_the_one_before(tmp_path):
    Office.open(tmp_path)
    (tmp_path / "authority.key").unlink()
    with pytest.raises(KeysMissing):
        rotate(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT))
    rotate(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT), new_authority=True)
    open_signer(tmp_path, tmp_path / "passphrase")


def test_an_installation_issues_under_the_new_authority_and_verifies_what_it_issued_before(tmp_path):
    site = open_site(tmp_path)
    services = site.place.services
    before = site.certificate_of_ana()
    prepared = site.place.granted("C-9", "Eva Li", "Eva Li")
    services = rotated(services, NOW, new_authority=True)
    after = services.issuer.issue(prepared).id
    assert not [item for item in key_findings(services) if item.fault or item.advice]
    for certificate in (before, after):
        assert outcomes(services.verifier.verify_certificate(certificate)) == {}
        data = services.register.pdf(certificate)
        assert outcomes(services.verifier.verify_file(data)) == {}
    signers = [find_signature(services.register.pdf(name)).cms.others for name in (before, after)]
    assert signers[0] != signers[1]


def test_where_private_keys_and_passphrase_are_lost_a_new_authority_signs_and_what_was_issued_verifies(
    tmp_path,
):
    site = open_site(tmp_path)
    settings = site.place.services.settings
    before = site.certificate_of_ana()
    for path in settings.key_directory.glob("*.key"):
        path.unlink()
    settings.key_passphrase_file.write_text("another one")
    services = rotated(site.place.services, NOW, new_authority=True)
    after = services.issuer.issue(site.place.granted("C-9", "Eva Li", "Eva Li")).id
    for certificate in (before, after):
        assert outcomes(services.verifier.verify_certificate(certificate)) == {}


def test_the_page_of_keys_advises_the_next_authority_for_every_key_that_would_end_with_this_one(tmp_path):
    site = open_site(tmp_path)
    administrator = site.person("administrator")
    page = administrator.get("/admin/keys").text
    assert "--new-authority" not in page
    rotated(site.place.services, END - timedelta(days=SIGNER_DAYS))
    for path in site.place.services.settings.key_directory.glob("*.pem"):
        # The same store at the end of its authority: certificates that end in a month.
        if b"CERTIFICATE" in path.read_bytes():
            ending = make_ending(path, NOW + timedelta(days=30))
            path.write_bytes(ending)
    page = administrator.get("/admin/keys").text
    assert page.count("rotate --new-authority") == 2
    assert "certify keys rotate</code>" not in page


def test_the_archive_proves_each_file_by_its_own_authoritys_list(tmp_path):
    place = install(tmp_path)
    behaviour = Behaviour(bytes)
    with served(behaviour) as url:
        stamps = Stamps(at=NOW + timedelta(seconds=3), crl_url=url)
        behaviour.files = {"/root.crl": stamps.crl("root"), "/between.crl": stamps.crl("between")}
        behaviour.url, behaviour.stamps, behaviour.reply = url, stamps, stamps.reply
        settings = replace(
            place.services.settings,
            pades_level="B-LTA",
            timestamp_url=url,
            timestamp_anchors=stamps.anchor_file(tmp_path),
            timestamp_wait_seconds=30,
        )
        services = build(settings, clock_at(NOW))
        names = [services.issuer.issue(place.granted()).id]
        rotate(settings.key_directory, settings.key_passphrase_file, clock_at(NOW), new_authority=True)
        services = build(settings, clock_at(NOW))
        names.append(services.issuer.issue(place.granted("C-2", "Eva Li", "Eva Li")).id)
        archivist = services.archivist()
        for name, authority in zip(names, services.anchors, strict=True):
            archivist.archive(name)
            assert outcomes(services.verifier.verify_certificate(name)) == {}
            data = services.register.pdf(name)
            lists = find_signature(data).updates[0].evidence.revocation_lists
            valid = [
                x509.load_der_x509_crl(item).is_signature_valid(authority.public_key()) for item in lists
            ]
            assert sum(valid) == 1


@pytest.mark.parametrize(
    ("days_left", "signer", "authority"),
    [
        (2000, "", ""),
        (700, "", "advice"),
        (30, "fault", "fault"),
        (-3, "fault", "fault"),
    ],
)
def test_the_doctor_advises_what_helps_near_the_end_of_the_authority(tmp_path, days_left, signer, authority):
    services = install(tmp_path).services
    at = END - timedelta(days=days_left)
    if days_left > 0:  # a signer under an authority that ends so soon ends with it, however new
        services = rotated(services, min(at, END - timedelta(days=SIGNER_DAYS)))
    found = {
        item.what.removesuffix("s"): item for item in key_findings(build(services.settings, clock_at(at)))
    }
    for item in found.values():
        expected = authority if item.what == "the key authority" else signer
        assert bool(item.fault) is (expected == "fault"), item
        assert bool(item.advice) is (expected == "advice"), item
        if expected:
            told = item.fault or item.advice
            assert "certify keys rotate --new-authority" in told
            assert ("has ended" in told) is (days_left < 0)
    assert len(found) == 2


def test_a_signer_that_ends_long_before_its_authority_is_only_rotated(tmp_path):
    services = install(tmp_path).services
    at = NOW + timedelta(days=SIGNER_DAYS - 30)
    (found,) = [item for item in key_findings(build(services.settings, clock_at(at))) if item.fault]
    assert found.fault.endswith("run: certify keys rotate")
