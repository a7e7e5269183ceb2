"""B-B, B-T and B-LTA: programs that are not ours read them, and validate them as ETSI EN 319 102-1 says."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation.ades import (
    ades_basic_validation,
    ades_lta_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer
from signed_files import outcomes
from timestamped_files import Stamping

from certify.errors import LintFailed
from certify.keyring.store import anchors
from certify.pades.read import find_signature
from certify.pades.update import Evidence
from certify.verification.report import Level

AT = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
"""A day that has passed: pyHanko compares some times with the real clock."""

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


@pytest.fixture(scope="module", params=["p256", "rsa3072"])
def stamping(request, tmp_path_factory):
    return Stamping.open(tmp_path_factory.mktemp("keys"), AT, request.param)


@pytest.fixture(scope="module")
def b_b(stamping):
    return stamping.pressed(stamping.office.signer)


@pytest.fixture(scope="module")
def b_t(stamping):
    return stamping.sign(pressed=True)


@pytest.fixture(scope="module")
def b_lta(stamping, b_t):
    return stamping.archive(b_t)


@pytest.fixture(scope="module")
def renewed(stamping, b_lta):
    return stamping.archive(b_lta, days=1)


@pytest.fixture(scope="module")
def files(b_b, b_t, b_lta, renewed):
    return {"b_b": b_b, "b_t": b_t, "b_lta": b_lta, "renewed": renewed}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def asn1(certificate):
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def ades(stamping, revocation=NO_REVOCATION, lists=()):
    def trusting(roots):
        return CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=[asn1(root) for root in roots]),
            revinfo_policy=CertRevTrustPolicy(revocation),
        )

    return SignatureValidationSpec(
        cert_validation_policy=trusting(anchors(stamping.office.directory)),
        ts_cert_validation_policy=trusting([stamping.stamps.root]),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=LocalKnowledge(
            known_crls=[CRLContainer(asn1_crl.CertificateList.load(item)) for item in lists]
        ),
    )


def at(moment):
    return ValidationTimingInfo(
        validation_time=moment, best_signature_time=moment, point_in_time_validation=True
    )


def signature_of(data):
    signature = PdfFileReader(BytesIO(data)).embedded_signatures[0]
    signature.compute_integrity_info()
    return signature


# --- validated as EN 319 102-1 says, by pyHanko ----------------------------------------------------------


@pytest.mark.parametrize("level", ["b_b", "b_t"])
def test_basic_validation_passes(stamping, level, files):
    signature = signature_of(files[level])
    result = asyncio.run(
        ades_basic_validation(
            signature.signed_data,
            ades(stamping),
            at(AT + timedelta(minutes=1)),
            raw_digest=signature.compute_digest(),
        )
    )
    assert result.ades_subindic == AdESPassed.OK, result.failure_msg
    assert result.api_status.intact
    assert result.api_status.valid


def test_validation_with_time_passes_at_b_t_and_finds_the_proven_time(stamping, b_t):
    signature = signature_of(b_t)
    result = asyncio.run(
        ades_with_time_validation(
            signature.signed_data,
            ades(stamping),
            at(AT + timedelta(minutes=1)),
            raw_digest=signature.compute_digest(),
        )
    )
    assert result.ades_subindic == AdESPassed.OK, result.failure_msg
    assert result.best_signature_time == AT + timedelta(seconds=3)


def test_archive_validation_passes_with_revocation_required_and_sees_only_archive_updates(stamping, b_lta):
    result = asyncio.run(
        ades_lta_validation(
            signature_of(b_lta),
            PdfSignatureValidationSpec(ades(stamping, REQUIRE_REVINFO)),
            at(AT + timedelta(minutes=1)),
        )
    )
    assert result.ades_subindic == AdESPassed.OK, result.failure_msg
    assert result.api_status.modification_level == ModificationLevel.LTA_UPDATES
    assert result.api_status.bottom_line


def test_archive_validation_passes_years_after_the_signers_certificate_has_ended(stamping, b_lta):
    later = AT + timedelta(days=7 * 365)
    stamped = stamping.stamps.at
    try:
        stamping.stamps.at = later
        lists = [stamping.stamps.crl("root"), stamping.stamps.crl("between")]
    finally:
        stamping.stamps.at = stamped
    result = asyncio.run(
        ades_lta_validation(
            signature_of(b_lta), PdfSignatureValidationSpec(ades(stamping, REQUIRE_REVINFO, lists)), at(later)
        )
    )
    assert result.ades_subindic == AdESPassed.OK, result.failure_msg


# --- other programs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["b_b", "b_t", "b_lta", "renewed"])
def test_pdfsig_and_qpdf_agree_at_every_level(level, files, tmp_path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(files[level])
    text = run("pdfsig", "-nocert", str(path)).stdout
    assert "Signature #1:\n  - Signature Field Name: Signature\n" in text
    assert text.count("Signature is Valid") == 1  # poppler 22.12 lists document timestamps and judges none
    later = {"b_lta": 1, "renewed": 2}.get(level, 0)
    assert text.count("Field Name: Timestamp") == text.count("Not total document signed") == later
    assert text.count("Total document signed") == 1
    done = run("qpdf", "--check", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_openssl_verifies_the_b_t_signature_as_cades_and_its_timestamp(stamping, b_t, tmp_path):
    found = find_signature(b_t)
    start = b_t.index(b"/Contents <3") + len(b"/Contents ")
    end = b_t.index(b">", start) + 1
    (tmp_path / "content").write_bytes(b_t[:start] + b_t[end:])
    (tmp_path / "cms").write_bytes(found.cms_bytes)
    done = run(
        *("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", str(tmp_path / "cms")),
        *("-content", str(tmp_path / "content"), "-CAfile", str(stamping.office.authority_file)),
        *("-out", "/dev/null", "-attime", str(int(AT.timestamp()))),
    )
    assert done.returncode == 0, done.stderr
    (tmp_path / "token").write_bytes(found.timestamp.raw)
    anchor = stamping.stamps.anchor_file(tmp_path)
    done = run(
        *("openssl", "ts", "-verify", "-token_in", "-in", str(tmp_path / "token"), "-CAfile", str(anchor)),
        *("-digest", hashlib.sha256(found.cms.signature).hexdigest()),
    )
    assert "Verification: OK" in done.stdout, done.stderr


def test_another_decoder_finds_the_timestamp_as_the_one_unsigned_attribute(b_t):
    found = find_signature(b_t)
    theirs = asn1_cms.ContentInfo.load(found.cms_bytes, strict=True)
    (info,) = theirs["content"]["signer_infos"]
    (attribute,) = info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    (token,) = attribute["values"]
    assert token.dump() == found.timestamp.raw
    stated = token["content"]["encap_content_info"]["content"].parsed
    assert stated["message_imprint"]["hashed_message"].native == hashlib.sha256(found.cms.signature).digest()
    assert found.cms_bytes == theirs.dump(force=True)


# --- what an update leaves as it was -----------------------------------------------------------------------


def test_an_update_leaves_every_byte_and_every_object_but_the_lists_of_fields_as_they_were(b_t, renewed):
    assert renewed.startswith(b_t)
    before, after = pikepdf.open(BytesIO(b_t)), pikepdf.open(BytesIO(renewed))
    changed = {
        before.objects.index(item) + 1
        for item, other in zip(before.objects, after.objects, strict=False)
        if not isinstance(item, pikepdf.Stream) and item.unparse() != other.unparse()
    }
    page = before.pages[0].obj.objgen[0]
    form = before.Root.AcroForm.objgen[0] or before.Root.objgen[0]
    assert changed <= {before.Root.objgen[0], form, page}
    assert len(before.pages) == len(after.pages)
    assert [len(page.get("/Annots", [])) for page in after.pages] == [
        len(page.get("/Annots", [])) + (2 if number == 0 else 0) for number, page in enumerate(before.pages)
    ]
    for name in set(before.Root.keys()) - {"/AcroForm"}:
        assert before.Root[name].unparse() == after.Root[name].unparse(), name
    assert set(after.Root.keys()) - set(before.Root.keys()) == {"/DSS", "/Extensions"}


def test_updates_keep_the_clauses_of_pdf_a_that_they_could_break(b_b, b_lta, renewed):
    for data in (b_lta, renewed):
        # ISO 19005-3, 6.1.2: the header and no other version; 6.1.9: objects begin on a line of their own.
        with pikepdf.open(BytesIO(data)) as pdf:
            assert "/Version" not in pdf.Root
            # 6.1.3: an identifier, the same in every trailer; no encryption; nothing behind the end but one line end.
            assert "/Encrypt" not in pdf.trailer
            for stream in [item for item in pdf.objects if isinstance(item, pikepdf.Stream)]:
                # 6.1.7: lengths are true, no external file, no LZW.
                assert len(stream.read_raw_bytes()) == stream.Length
                assert not {"/F", "/FFilter", "/FDecodeParms"} & set(stream.keys())
            widgets = [item for item in pdf.pages[0].Annots if item.Subtype == "/Widget"]
            # 6.3.2: printed, not hidden; 6.4.1: a widget of no size and no action needs no appearance.
            assert all(item.F == 132 and list(item.Rect) == [0, 0, 0, 0] for item in widgets)
            assert all("/A" not in item and "/AA" not in item for item in widgets)
        assert re.findall(rb"[^\n\d]\d+ 0 obj", data[len(b_b) :]) == []
        identifiers = re.findall(rb"/ID \[<(.*?)><(.*?)>\]", data)
        assert len({first for first, _ in identifiers}) == 1
        assert len({second for _, second in identifiers}) == len(identifiers)  # ISO 32000-1, 14.4
        assert data.endswith(b"%%EOF\n")
    assert b_b.endswith(b"\n")


# --- our own reading of them ---------------------------------------------------------------------------------


def test_every_level_is_told_with_its_three_facts_and_its_proven_time(stamping, b_b, b_t, b_lta, renewed):
    for data, level in ((b_b, Level.B_B), (b_t, Level.B_T), (b_lta, Level.B_LTA), (renewed, Level.B_LTA)):
        report = stamping.verifier(b_b if level is Level.B_B else b_t).verify_file(data)
        assert outcomes(report) == {}
        facts = report.signature
        assert (facts.intact, facts.valid, facts.trusted, facts.level) == (True, True, True, level)
        assert facts.claimed_at == AT
        assert facts.proven_at == (None if level is Level.B_B else AT + timedelta(seconds=3))


def test_a_document_timestamp_alone_behind_a_b_b_file_makes_it_b_t(stamping, b_b):
    data = stamping.archive(b_b, Evidence())
    report = stamping.verifier(b_b).verify_file(data)
    assert outcomes(report) == {}
    assert report.signature.level is Level.B_T
    assert report.signature.proven_at == stamping.stamps.at


def test_a_stamped_file_is_as_sound_after_every_certificate_in_it_has_ended(stamping, b_b, b_lta):
    report = stamping.verifier(b_lta, at=AT + timedelta(days=40 * 365)).verify_file(b_lta)
    assert outcomes(report).keys() <= {"period", "registered", "standing", "statements"}
    assert report.signature.level is Level.B_LTA


def test_signing_again_makes_the_same_signature_with_another_timestamp(stamping, b_t):
    again = stamping.sign(pressed=True)
    assert find_signature(again).cms.signature == find_signature(b_t).cms.signature


def test_a_file_that_the_authority_gave_nothing_for_is_b_b_in_the_same_room(stamping, b_t):
    without = stamping.sign(pressed=True, stamp=lambda _: b"")
    assert len(without) == len(b_t)
    report = stamping.verifier(without).verify_file(without)
    assert outcomes(report) == {}
    assert report.signature.level is Level.B_B


def test_a_token_larger_than_its_room_is_not_put_in(stamping, b_b):
    with pytest.raises(LintFailed, match="room for"):
        stamping.sign(stamp=lambda _: b"\x30\x84" + bytes(9000))
    with pytest.raises(LintFailed, match="room for"):
        stamping.archive(b_b, stamp=lambda _: bytes(9000))
