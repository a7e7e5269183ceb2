"""Programs that are not ours read what we sign."""

from __future__ import annotations

import logging
import subprocess
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from signed_files import SIGNED_AT, Office, one_page_pdf

from certify.errors import LintFailed
from certify.keyring.store import anchors
from certify.pades.document import UnsignedPdf
from certify.pades.read import find_signature


@pytest.fixture(scope="module", params=["p256", "rsa3072"])
def office(request, tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("keys"), request.param)


@pytest.fixture(scope="module")
def signed(office):
    return office.sign()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_pdfsig_says_that_the_signature_is_valid_and_covers_the_whole_file(signed, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    text = run("pdfsig", "-nocert", str(path)).stdout
    assert "Signature is Valid" in text
    assert "Total document signed" in text
    assert "ETSI.CAdES.detached" in text


def test_pdfsig_refuses_a_changed_page(signed, tmp_path):
    path = tmp_path / "changed.pdf"
    path.write_bytes(signed.replace(b"(Certificate)", b"(Certifiable)"))
    assert "Signature is Valid" not in run("pdfsig", "-nocert", str(path)).stdout


def _openssl(office, data, tmp_path, *more):
    found = find_signature(data)
    start = data.index(b"/Contents <3") + len(b"/Contents ")
    end = data.index(b">", start) + 1
    (tmp_path / "content").write_bytes(data[:start] + data[end:])
    (tmp_path / "cms.der").write_bytes(found.cms_bytes)
    return run(
        *("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER"),
        *("-in", str(tmp_path / "cms.der"), "-content", str(tmp_path / "content")),
        *("-CAfile", str(office.authority_file), "-out", "/dev/null"),
        *("-attime", str(int(SIGNED_AT.timestamp())), *more),
    )


def test_openssl_verifies_the_cms_signature_as_cades(office, signed, tmp_path):
    done = _openssl(office, signed, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "CAdES Verification successful" in done.stderr


def test_openssl_refuses_the_cms_signature_over_another_content(office, signed, tmp_path):
    done = _openssl(office, signed.replace(b"(Certificate)", b"(Certifiable)"), tmp_path)
    assert done.returncode != 0


def test_pyhanko_finds_the_signature_intact_valid_trusted_and_over_the_whole_file(office, signed):
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    (signature,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    roots = [
        asn1_x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in anchors(office.directory)
    ]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=SIGNED_AT)
    status = validate_pdf_signature(signature, signer_validation_context=context)
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert status.bottom_line


def test_the_cms_has_no_signing_time_and_names_its_certificate(signed):
    attributes = find_signature(signed).cms.signed_attributes
    assert bytes.fromhex("06092a864886f70d010905") not in attributes  # signing-time
    assert bytes.fromhex("060b2a864886f70d010910022f") in attributes  # signing-certificate-v2


def test_qpdf_finds_nothing_wrong_with_the_signed_file(signed, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    done = run("qpdf", "--check", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_signing_the_same_file_again_gives_the_same_bytes(office, signed):
    assert office.sign() == signed


def test_every_p256_signature_fits_its_room_and_is_read_back(tmp_path):
    office = Office.open(tmp_path)
    signer = office.signer
    lengths = set()
    for number in range(200):
        data = signer.sign(one_page_pdf(signer.contents_length, text=f"Number {number}"), SIGNED_AT)
        lengths.add(len(find_signature(data).cms.signature))
    assert {70, 71} <= lengths


@pytest.mark.parametrize("shorter", [2, 200])
def test_a_file_with_too_little_room_is_not_signed(office, shorter):
    signer = office.signer
    with pytest.raises(LintFailed, match="room for"):
        signer.sign(one_page_pdf(signer.contents_length - shorter), SIGNED_AT)


def test_a_file_whose_room_is_not_empty_is_not_signed(office):
    signer = office.signer
    plain = one_page_pdf(signer.contents_length)
    moved = UnsignedPdf(
        tail=plain.content, contents_at=plain.contents_at + 1, contents_length=plain.contents_length
    )
    with pytest.raises(LintFailed, match="zeros"):
        signer.sign(moved, SIGNED_AT)
