"""A compiled kind of award holds nothing of the award that it was compiled from, and fills in all that varies."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pikepdf
import pytest
from pdf_awards import NAMES, ROOM, attached, award, pressed, scan_address
from pdf_rules import Opened
from signed_files import SIGNED_AT, Office

from certify.award.fixed import VARYING
from certify.pades.document import UnsignedPdf
from certify.pades.read import find_signature
from certify.parts import whole
from certify.pdf.press import CertificatePress
from certify.people.model import HolderName

OTHER = "AAAQEAYEAUDAOCAJBIFQYDIOB4"
CHANGES = {
    "certificate_id": OTHER,
    "number": "S4C-2027-7K3MQ-9XT2A-Y",
    "holder": HolderName(
        native="Ελένη Παπαδοπούλου", latin="Eleni Papadopoulou", printed="Ελένη Παπαδοπούλου"
    ),
    "workload_minutes": 12_345,
    "decided_on": date(2027, 2, 3),
    "issued_at": datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC),
    "valid_from": date(2027, 4, 5),
    "valid_until": date(2030, 6, 7),
    "verification_url": f"https://other.example.org/v/{OTHER}",
    "status_list": 7,
    "status_index": 77,
    "supersedes": "2CHM2HMP4OH7CFUH5K4DBKZQVU",
}


@pytest.mark.parametrize("kind", ["role", "unit"])
@pytest.mark.parametrize("language", ["en", "bg"])
def test_filled_is_byte_for_byte_what_compiling_for_this_award_gives(kind, language):
    assert CHANGES.keys() == VARYING
    one = award(language, kind)
    other = replace(one, **CHANGES)
    press = CertificatePress(ROOM)
    pressed(one, press)
    assert pressed(other, press).content == pressed(other).content
    assert pressed(one, press).content == pressed(one).content


@pytest.mark.parametrize("field", sorted(VARYING))
def test_no_varying_field_is_in_the_constant_part(field):
    one = award()
    # An address ends in its own certificate's id, so the two change together.
    fields = (
        {"certificate_id", "verification_url"} if field in {"certificate_id", "verification_url"} else {field}
    )
    other = replace(one, **{name: CHANGES[name] for name in fields})
    first, second = pressed(one), pressed(other)
    assert first.head.content == second.head.content


def test_the_hash_that_was_begun_is_of_the_constant_part_and_is_never_changed():
    press = CertificatePress(ROOM)
    first = pressed(award(), press)
    begun = hashlib.sha256(first.head.content).hexdigest()
    second = pressed(award(script="greek"), press)
    assert first.head is second.head
    assert second.head.hashed.hexdigest() == second.head.sha256 == begun


def test_a_signature_over_the_begun_hash_is_the_one_over_the_whole_file(tmp_path):
    office = Office.open(tmp_path)
    signer = office.signer
    unsigned = pressed(award(issued_at=SIGNED_AT), CertificatePress(signer.contents_length))
    plain = UnsignedPdf(
        tail=unsigned.content, contents_at=unsigned.contents_at, contents_length=unsigned.contents_length
    )
    assert signer.sign(unsigned, SIGNED_AT) == signer.sign(plain, SIGNED_AT)


def test_identifiers_dates_and_attachment_are_this_certificates():
    press = CertificatePress(ROOM)
    one = award()
    other = replace(one, **CHANGES)
    seen = []
    for made in (one, other):
        file = Opened(pressed(made, press).content)
        root, trailer = file.pdf.Root, file.pdf.trailer
        moment = made.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert (
            file.told("xmp:CreateDate")
            == file.told("xmp:ModifyDate")
            == file.told("xmp:MetadataDate")
            == [moment]
        )
        assert made.number in file.told("dc:title/rdf:Alt/rdf:li")[0]
        assert root.AF[0].EF.F.read_bytes() == attached(made)
        assert root.AF[0].EF.F.Params.ModDate == made.issued_at.strftime("D:%Y%m%d%H%M%SZ")
        identity = bytes(trailer.ID[0])
        assert identity == bytes(trailer.ID[1])
        assert identity == hashlib.sha256(attached(made)).digest()[:16]
        (instance,) = file.told("xmpMM:InstanceID")
        assert instance.replace("-", "").startswith(f"uuid:{identity.hex()[:12]}8")
        link = next(item for item in file.pdf.pages[0].Annots if item.Subtype == "/Link")
        assert str(link.A.URI) == made.verification_url
        seen.append((identity, instance, *file.told("xmpMM:DocumentID")))
        assert (
            len(
                [
                    item
                    for item in file.pdf.objects
                    if isinstance(item, pikepdf.Stream) and item.get("/Type") == "/Metadata"
                ]
            )
            == 1
        )
    assert all(one != other for one, other in zip(*seen, strict=True))


@pytest.mark.parametrize("script", NAMES)
def test_no_name_can_be_read_in_the_bytes_of_the_file(script):
    one = award(script=script)
    content = pressed(one).content
    for name in (one.holder.printed, one.holder.latin):
        assert name.encode("utf-8") not in content
        assert name.encode("utf-16-be") not in content
        assert name.encode("utf-16-be").hex().encode() not in content.lower()


def test_a_credential_that_imitates_a_signature_is_no_signature(tmp_path):
    office = Office.open(tmp_path)
    one = award(issued_at=SIGNED_AT)
    faked = b"/ByteRange [0 100 200 300]/SubFilter /ETSI.CAdES.detached/M (D:20200101000000Z)/Contents <00>"
    for credential in (faked, faked * 200, b"{" + faked + attached(one) + faked + b"}"):
        unsigned = CertificatePress(office.signer.contents_length).press(
            one, scan_address(one), whole(credential)
        )
        signed = office.signer.sign(unsigned, SIGNED_AT)
        assert find_signature(signed).claimed_at == SIGNED_AT
        assert len(re.findall(rb"/ByteRange", signed)) == 1


def test_qpdf_mutool_and_poppler_read_the_file_without_a_word(tmp_path):
    for kind in ("role", "unit"):
        path = tmp_path / f"{kind}.pdf"
        path.write_bytes(pressed(award(kind=kind, script="arabic")).content)
        for command in (
            ["qpdf", "--check", path],
            ["mutool", "draw", "-F", "txt", "-o", "/dev/null", path],
            ["pdftoppm", "-r", "40", path, tmp_path / kind],
            ["pdfinfo", "-struct-text", path],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            # How this mutool was built is no word about the file.
            told = done.stderr.replace("warning: ICC support is not available", "")
            assert not re.search("error|warning", told, re.IGNORECASE), (command, told)


def test_the_structure_is_read_in_the_order_of_the_page(tmp_path):
    path = tmp_path / "c.pdf"
    one = award(script="cyrillic")
    path.write_bytes(pressed(one).content)
    done = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, text=True, check=True)
    told = re.sub(r"\s+", " ", done.stdout)
    at = [
        told.index(text)
        for text in (
            "SPECIMEN: issued under",
            '"Certificate"',
            "This is to certify that",
            one.holder.printed,
            one.role_title,
            one.number,
            "Verify this certificate",
            one.verification_url,
            "Supplement to the certificate",
            one.competences[0].title,
            one.competences[-1].title,
            '"Assessment"',
        )
    ]
    assert at == sorted(at)


@pytest.mark.parametrize("kind", ["role", "unit"])
@pytest.mark.parametrize("length", [0, 100, 188, 254, 330, 400])
def test_the_code_is_read_from_the_rendered_page(tmp_path, kind, length):
    one = award(kind=kind)
    address = one.verification_url + (
        "#" + "QRE2EAJHARCFMR22U6QF"[: length % 20] + "QRE2EAJHARCFMR22U6QF" * (length // 20)
        if length
        else ""
    )
    content = CertificatePress(ROOM).press(one, address, whole(attached(one))).content
    (tmp_path / "c.pdf").write_bytes(content)
    subprocess.run(
        ["pdftoppm", "-r", "200", "-png", "-l", "1", "-singlefile", "c.pdf", "c"], cwd=tmp_path, check=True
    )
    done = subprocess.run(
        ["zbarimg", "-q", "--raw", "c.png"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == address


@pytest.mark.parametrize(
    ("language", "kind", "script", "most"),
    [
        ("en", "unit", "latin", 40_000),
        ("en", "role", "latin", 47_000),
        ("en", "role", "arabic", 48_000),
        ("bg", "unit", "cyrillic", 44_000),
        ("bg", "role", "cyrillic", 54_000),
    ],
)
def test_a_file_is_no_larger_than_is_stated(language, kind, script, most):
    """docs/templates.md has the figures."""
    assert len(pressed(award(language, kind, script)).content) < most


def test_the_credential_that_comes_out_is_json():
    with pikepdf.open(BytesIO(pressed(award()).content)) as pdf:
        assert (
            json.loads(pdf.attachments["credential.json"].get_file().read_bytes())["type"][0]
            == "VerifiableCredential"
        )
