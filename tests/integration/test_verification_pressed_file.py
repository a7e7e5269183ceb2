"""A certificate from the real press, signed, through every check and other people's programs."""

from __future__ import annotations

import random
import subprocess

import pytest
from signed_files import SIGNED_AT, FakeRegister, Office, award, credential_of, outcomes

from certify.keyring.store import anchors
from certify.pades.read import find_signature
from certify.parts import whole
from certify.pdf.press import CertificatePress
from certify.verification.report import CheckOutcome
from certify.verification.verifier import self_check


@pytest.fixture(scope="module", params=["p256", "rsa3072"])
def office(request, tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("keys"), request.param)


@pytest.fixture(scope="module")
def pressed(office):
    signer = office.signer
    unsigned = CertificatePress(signer.contents_length).press(
        award(), award().verification_url, whole(credential_of())
    )
    return signer.sign(unsigned, SIGNED_AT)


def test_a_pressed_and_signed_certificate_passes_every_check(office, pressed):
    register = FakeRegister()
    register.add(pressed)
    report = office.verifier(register).verify_file(pressed)
    assert report.verdict is CheckOutcome.PASSED, outcomes(report)
    self_check(pressed, anchors(office.directory), lambda: SIGNED_AT)


def test_pressing_and_signing_again_gives_the_same_bytes(office, pressed):
    signer = office.signer
    unsigned = CertificatePress(signer.contents_length).press(
        award(), award().verification_url, whole(credential_of())
    )
    assert signer.sign(unsigned, SIGNED_AT) == pressed


def test_any_of_its_bytes_flipped_is_refused_without_the_register(office, pressed):
    verifier, chosen = office.verifier(), random.Random(2026)
    start = pressed.index(b"/Contents <3")
    end = pressed.index(b">", start) + 1
    places = {*range(start, end), *chosen.sample(range(len(pressed)), 1500), len(pressed) - 1, 0}
    for position in places:
        changed = bytearray(pressed)
        changed[position] ^= 1 << chosen.randrange(8)
        assert verifier.verify_file(bytes(changed)).verdict is CheckOutcome.FAILED, position


def test_pdfsig_qpdf_and_openssl_agree(office, pressed, tmp_path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(pressed)

    def run(*command):
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    text = run("pdfsig", "-nocert", str(path)).stdout
    assert "Signature is Valid" in text
    assert "Total document signed" in text
    assert run("qpdf", "--check", str(path)).returncode == 0
    start = pressed.index(b"/Contents <3") + len(b"/Contents ")
    end = pressed.index(b">", start) + 1
    (tmp_path / "content").write_bytes(pressed[:start] + pressed[end:])
    (tmp_path / "cms").write_bytes(find_signature(pressed).cms_bytes)
    done = run(
        *("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", str(tmp_path / "cms")),
        *("-content", str(tmp_path / "content"), "-CAfile", str(office.authority_file), "-out", "/dev/null"),
        *("-attime", str(int(SIGNED_AT.timestamp()))),
    )
    assert done.returncode == 0, done.stderr
