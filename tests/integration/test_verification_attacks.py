"""A certificate file changed, wrapped, re-signed or transplanted is refused; fixtures are named by what is wrong."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signed_files import SIGNED_AT, FakeRegister, Office, credential_of, one_page_pdf, outcomes

from certify.errors import FileUnreadable, NotFound, SelfCheckFailed
from certify.keyring import store
from certify.keyring.authority import make_authority, make_signer
from certify.keyring.sealed import load_key
from certify.pades import der
from certify.pades.algorithms import ED25519, P256, signing_function
from certify.pades.cms import template
from certify.pades.read import find_signature
from certify.pades.seal import contents_length, seal
from certify.status.model import CertificateStatus
from certify.status.public import PublicReason, PublicStatus
from certify.verification.checks import REQUIRED
from certify.verification.report import CheckOutcome
from certify.verification.verifier import MAX_FILE_BYTES, exit_status, read_limited, self_check

ROOM = 4096
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def signed(office):
    return office.sign()


@pytest.fixture(scope="module")
def verifier(office, signed):
    register = FakeRegister()
    register.add(signed)
    return office.verifier(register)


@pytest.fixture(scope="module")
def root(office):
    passphrase = office.passphrase_file.read_bytes()
    return store.anchors(office.directory)[0], load_key(office.directory, "authority", passphrase)


def der_of(certificate):
    return certificate.public_bytes(Encoding.DER)


def contents_of(data):
    start = data.index(b"/Contents <3") + len(b"/Contents ")
    return start, data.index(b">", start) + 1


def with_cms(data, cms):
    """Return the file with other bytes as its signature, padded as ours is."""
    start, end = contents_of(data)
    return data[: start + 1] + cms.hex().encode().ljust(end - start - 2, b"0") + data[end - 1 :]


def signed_by(key, certificate, others, *, at=SIGNED_AT, sign=None, algorithm=P256):
    forged = template(der_of(certificate), [der_of(item) for item in others], algorithm)
    return seal(
        one_page_pdf(contents_length(forged) + 200, at=at), forged, sign or signing_function(key)
    ).content


def verdict_and_codes(verifier, data):
    report = verifier.verify_file(data)
    return report.verdict.value, outcomes(report)


# --- what a genuine file earns ------------------------------------------------------------------------


def test_a_genuine_file_passes_every_numbered_check_in_order(verifier, signed):
    report = verifier.verify_file(signed)
    assert report.verdict is CheckOutcome.PASSED, outcomes(report)
    assert tuple(check.id for check in report.checks) == REQUIRED
    assert [check.number for check in report.checks] == list(range(1, len(REQUIRED) + 1))
    assert exit_status(report) == 0
    assert report.award is not None
    assert report.award.specimen


def test_offline_the_file_is_sound_and_the_verdict_stays_open(office, signed):
    report = office.verifier().verify_file(signed)
    assert report.verdict is CheckOutcome.INDETERMINATE
    open_ones = dict.fromkeys(("statements", "period", "standing"), "no-entry")
    assert outcomes(report) == {"registered": "offline", **open_ones}
    assert exit_status(report) == 3


def test_a_register_that_does_not_answer_is_never_called_invalid(office, signed):
    register = FakeRegister(silent=True)
    for report in (
        office.verifier(register).verify_file(signed),
        office.verifier(register).verify_certificate("AAAQEAYEAUDAOCAJBIFQYDIOB4"),
    ):
        assert report.verdict is CheckOutcome.INDETERMINATE
        assert "register-unavailable" in outcomes(report).values()


def test_a_file_that_the_register_does_not_hold_fails(office, signed):
    report = office.verifier(FakeRegister()).verify_file(signed)
    assert outcomes(report)["registered"] == "not-registered"
    assert exit_status(report) == 1


def test_a_stored_file_that_is_not_the_issued_one_fails(office, signed):
    register = FakeRegister()
    register.add(signed)
    entry, _ = register.files["AAAQEAYEAUDAOCAJBIFQYDIOB4"]
    register.files["AAAQEAYEAUDAOCAJBIFQYDIOB4"] = entry, office.sign(text="Another")
    report = office.verifier(register).verify_certificate("AAAQEAYEAUDAOCAJBIFQYDIOB4")
    assert outcomes(report) == {"registered": "other-bytes"}


def test_an_unknown_identifier_is_not_found(office):
    with pytest.raises(NotFound):
        office.verifier(FakeRegister()).verify_certificate("AAAQEAYEAUDAOCAJBIFQYDIOB4")


@pytest.mark.parametrize("status", [CertificateStatus.SUSPENDED, CertificateStatus.REVOKED])
def test_a_withdrawn_certificate_fails_with_its_reason_and_time(office, signed, status):
    register = FakeRegister()
    standing = PublicStatus(status=status, since=SIGNED_AT, reason=PublicReason.HOLDER_REQUEST)
    register.add(signed, standing)
    report = office.verifier(register).verify_file(signed)
    assert outcomes(report) == {"standing": status.value}
    assert "2026-11-24" in report.checks[-1].reason
    assert report.status == standing


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2027, {}), (2031, {"period": "expired"}), (2036, {"period": "expired"}), (2050, {"period": "expired"})],
)
def test_a_file_signed_in_2026_stays_sound_and_only_its_period_ends(office, signed, year, expected):
    register = FakeRegister()
    register.add(signed)
    at = datetime(year, 1, 1, tzinfo=UTC)
    assert outcomes(office.verifier(register, at).verify_file(signed)) == expected


def test_a_certificate_is_not_valid_before_its_first_day(office):
    register, later = FakeRegister(), SIGNED_AT.date() + timedelta(days=1)
    signed = office.sign(attached=credential_of(valid_from=later))
    register.add(signed, valid_from=later)
    assert outcomes(office.verifier(register).verify_file(signed)) == {"period": "not-yet-valid"}


def test_files_of_a_retired_key_still_pass(tmp_path):
    office = Office.open(tmp_path)
    before = office.sign()
    store.rotate(office.directory, office.passphrase_file, lambda: SIGNED_AT + timedelta(days=1))
    second = {"certificate_id": "BAAQEAYEAUDAOCAJBIFQYDIOB4", "issued_at": SIGNED_AT + timedelta(days=2)}
    after = office.sign(at=SIGNED_AT + timedelta(days=2), attached=credential_of(**second))
    register = FakeRegister()
    register.add(before)
    register.add(after, **second)
    verifier = office.verifier(register, SIGNED_AT + timedelta(days=3))
    assert find_signature(before).cms.signer != find_signature(after).cms.signer
    assert outcomes(verifier.verify_file(before)) == {}
    assert outcomes(verifier.verify_file(after)) == {}


def test_the_self_check_passes_genuine_bytes_and_names_the_check_that_others_fail(office, signed):
    anchors = store.anchors(office.directory)
    self_check(signed, anchors, lambda: SIGNED_AT)
    with pytest.raises(SelfCheckFailed, match="exactly as it was signed"):
        self_check(signed.replace(b"(Certificate)", b"(Certifiable)"), anchors, lambda: SIGNED_AT)


# --- changed bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_any_flipped_byte_is_refused_even_without_the_register(office, signed, mask):
    verifier = office.verifier()
    survivors = []
    for position in range(len(signed)):
        changed = bytearray(signed)
        changed[position] ^= mask
        if verifier.verify_file(bytes(changed)).verdict is not CheckOutcome.FAILED:
            survivors.append(position)
    assert survivors == []


def test_flipped_bytes_of_an_rsa_signed_file_are_refused(tmp_path):
    office = Office.open(tmp_path, "rsa3072")
    data, verifier = office.sign(), office.verifier()
    assert set(outcomes(verifier.verify_file(data))) == {"registered", "statements", "period", "standing"}
    chosen = random.Random(3072)
    for position in chosen.sample(range(len(data)), 1500):
        changed = bytearray(data)
        changed[position] ^= 1 << chosen.randrange(8)
        assert verifier.verify_file(bytes(changed)).verdict is CheckOutcome.FAILED, position


def update(data, number, body):
    """Return the file with an incremental update that replaces one object, as an editor would append."""
    start = len(data)
    out = data + b"%d 0 obj\n%s\nendobj\n" % (number, body)
    previous = int(data[data.rindex(b"startxref") + 10 :].split()[0])
    return (
        out
        + b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size 9 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            number,
            start,
            previous,
            len(out),
        )
    )


PAGE = b"BT /F1 24 Tf 72 400 Td (Professor) Tj ET"


def page_replaced_by_a_later_update(data):
    return update(data, 4, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(PAGE), PAGE))


def annotation_added_by_a_later_update(data):
    return update(data, 9, b"<< /Type /Annot /Subtype /FreeText /Rect [0 0 99 99] /Contents (Level 8) >>")


def signature_field_pointed_elsewhere_by_a_later_update(data):
    return update(data, 6, b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /Rect [0 0 0 0] >>")


def garbage_appended(data):
    return data + b"%harmless\n"


def one_newline_appended(data):
    return data + b"\n"


def cut_short(data):
    return data[:-1]


def cut_in_the_signature(data):
    return data[: contents_of(data)[0] + 40]


def garbage_before_the_header(data):
    return b"\n" + data


def upper_case_signature(data):
    start, end = contents_of(data)
    return data[:start] + data[start:end].upper() + data[end:]


def padding_not_zero(data):
    _, end = contents_of(data)
    # The longest signature fills the room, and its last digit may be any.
    digit = b"2" if data[end - 2 : end - 1] == b"1" else b"1"
    return data[: end - 2] + digit + data[end - 1 :]


def contents_two_digits_shorter(data):
    _, end = contents_of(data)
    return data[: end - 3] + data[end - 1 :]


def contents_two_digits_longer(data):
    _, end = contents_of(data)
    return data[: end - 1] + b"00" + data[end - 1 :]


def contents_written_with_spaces(data):
    _, end = contents_of(data)
    return data[: end - 3] + b"  " + data[end - 1 :]


def contents_not_hexadecimal(data):
    start, _ = contents_of(data)
    return data[: start + 1] + b"zz" + data[start + 3 :]


def contents_as_a_literal_string(data):
    start, end = contents_of(data)
    return data[:start] + b"(" + data[start + 1 : end - 1] + b")" + data[end:]


def contents_empty(data):
    start, end = contents_of(data)
    return data[: start + 1] + b"0" * (end - start - 2) + data[end - 1 :]


def byte_range_text(data):
    start = data.index(b"/ByteRange [") + len(b"/ByteRange [")
    end = data.index(b"]", start)
    return start, end, [int(number) for number in data[start:end].split()]


def with_byte_range(data, *numbers):
    start, end, _ = byte_range_text(data)
    return data[:start] + b" ".join(b"%d" % number for number in numbers).ljust(end - start) + data[end:]


def byte_range_with_a_gap_after_the_signature(data):
    _, _, (zero, before, after, rest) = byte_range_text(data)
    return with_byte_range(data, zero, before, after + 20, rest - 20)


def byte_range_with_a_gap_before_the_signature(data):
    _, _, (zero, before, after, rest) = byte_range_text(data)
    return with_byte_range(data, zero, before - 20, after, rest)


def byte_range_from_the_second_byte(data):
    _, _, (_, before, after, rest) = byte_range_text(data)
    return with_byte_range(data, 1, before - 1, after, rest)


def byte_range_that_stops_early(data):
    _, _, (zero, before, after, rest) = byte_range_text(data)
    return with_byte_range(data, zero, before, after, rest - 1)


def byte_range_beyond_the_file(data):
    return with_byte_range(data, 0, 10, 999_999_999, 999_999_999)


def byte_range_turned_round(data):
    _, _, (zero, before, after, rest) = byte_range_text(data)
    return with_byte_range(data, after, rest, zero, before)


def byte_range_of_nothing(data):
    return with_byte_range(data, 0, 0, 0, len(data))


def byte_range_twice(data):
    start, end, _ = byte_range_text(data)
    return data[:end] + b"]/ByteRange [" + data[start:end] + data[end:]


def byte_range_spelled_with_an_escape(data):
    return data.replace(b"/ByteRange", b"/Byte#52ange")


def wrapped_in_a_second_revision(data):
    """The old signature kept as a decoy, its bytes range intact, in a file whose newer objects differ."""
    return data + page_replaced_by_a_later_update(data)[len(data) :] + data


def another_subfilter(data):
    return data.replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached")


def not_a_pdf(data):
    return b"<html>" + data


CHANGES = [
    page_replaced_by_a_later_update,
    annotation_added_by_a_later_update,
    signature_field_pointed_elsewhere_by_a_later_update,
    garbage_appended,
    one_newline_appended,
    cut_short,
    cut_in_the_signature,
    garbage_before_the_header,
    upper_case_signature,
    padding_not_zero,
    contents_two_digits_shorter,
    contents_two_digits_longer,
    contents_written_with_spaces,
    contents_not_hexadecimal,
    contents_as_a_literal_string,
    contents_empty,
    byte_range_with_a_gap_after_the_signature,
    byte_range_with_a_gap_before_the_signature,
    byte_range_from_the_second_byte,
    byte_range_that_stops_early,
    byte_range_beyond_the_file,
    byte_range_turned_round,
    byte_range_of_nothing,
    byte_range_twice,
    byte_range_spelled_with_an_escape,
    wrapped_in_a_second_revision,
    another_subfilter,
    not_a_pdf,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_file_is_refused_with_a_sentence(office, verifier, signed, change):
    changed = change(signed)
    assert changed != signed
    for one in (verifier, office.verifier()):
        report = one.verify_file(changed)
        assert report.verdict is CheckOutcome.FAILED
        assert all(check.reason for check in report.checks if check.outcome is not CheckOutcome.PASSED)
        # Where the signed revision is whole, the register tells what it certified, beside what was done to it.
        assert (report.award is not None) == (one is verifier and outcomes(report) == {"form": "added-later"})


def test_an_update_after_the_signature_is_called_by_its_name(verifier, signed):
    for change in (page_replaced_by_a_later_update, one_newline_appended):
        assert "added to after it was signed" in verifier.verify_file(change(signed)).checks[0].reason


# --- signed by the wrong one, or in the wrong way -------------------------------------------------------


def test_a_signature_of_another_file_is_refused(office, verifier, signed):
    other = office.sign(text="Somebody else")
    transplanted = with_cms(signed, find_signature(other).cms_bytes)
    assert verdict_and_codes(verifier, transplanted)[1]["digest"] == "changed"


def test_a_digest_rewritten_to_match_a_changed_page_is_refused(verifier, signed):
    changed = signed.replace(b"(Certificate)", b"(Certifiable)")
    found = find_signature(changed)
    rewritten = with_cms(changed, found.cms_bytes.replace(found.cms.message_digest, found.digest))
    verdict, codes = verdict_and_codes(verifier, rewritten)
    assert verdict == "FAILED"
    assert codes["signature"] == "forged"


def test_an_authority_with_the_same_names_is_refused(office, verifier, tmp_path):
    twin = Office.open(tmp_path)
    names = [store.anchors(item.directory)[0].subject for item in (office, twin)]
    assert names[0] == names[1]
    verdict, codes = verdict_and_codes(verifier, twin.sign())
    assert verdict == "FAILED"
    assert codes["signer"] == "unknown-authority"


def test_a_foreign_signer_that_shows_the_genuine_authority_is_refused(verifier, root):
    authority, _ = root
    key, foreign_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    signer = make_signer(key, SIGNED_AT, authority, foreign_key)
    codes = verdict_and_codes(verifier, signed_by(key, signer, [authority]))[1]
    assert codes["signer"] == "unknown-authority"


def test_the_genuine_certificate_with_another_key_is_refused(office, verifier, root, signed):
    genuine = x509.load_der_x509_certificate(find_signature(signed).cms.signer)
    key = ec.generate_private_key(ec.SECP256R1())
    codes = verdict_and_codes(verifier, signed_by(key, genuine, [root[0]]))[1]
    assert codes["signature"] == "forged"


def test_a_self_signed_signer_is_refused(verifier):
    key = ec.generate_private_key(ec.SECP256R1())
    own = make_authority(key, SIGNED_AT, organisation="Skills4Cities", country="BG")
    codes = verdict_and_codes(verifier, signed_by(key, own, []))[1]
    assert codes["signer"] == "unknown-authority"


@pytest.mark.parametrize("years", [-1, 6, 25])
def test_a_signature_claimed_outside_the_signers_validity_is_refused(office, root, years):
    authority, authority_key = root
    key = ec.generate_private_key(ec.SECP256R1())
    signer = make_signer(key, SIGNED_AT, authority, authority_key)
    at = SIGNED_AT + timedelta(days=365 * years)
    verifier = office.verifier(at=SIGNED_AT + timedelta(days=365 * 30))
    codes = verdict_and_codes(verifier, signed_by(key, signer, [authority], at=at))[1]
    assert codes["signer"] == "outside-validity"


def test_a_signing_time_still_to_come_is_refused(office, verifier):
    tomorrow = SIGNED_AT + timedelta(days=1)
    assert verdict_and_codes(verifier, office.sign(at=tomorrow))[1]["signer"] == "signed-in-future"


def certified(root, key, *, usage=None, purpose="1.3.6.1.5.5.7.3.36", ca=False):
    """Return a certificate under the genuine authority that differs from a signer's in one way."""
    authority, authority_key = root
    flags = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    flags |= dict.fromkeys(usage or ("digital_signature", "content_commitment"), True)
    builder = (
        x509.CertificateBuilder()
        .subject_name(authority.subject)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(SIGNED_AT - timedelta(days=1))
        .not_valid_after(SIGNED_AT + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**flags), critical=True)
    )
    if purpose:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), critical=False
        )
    return builder.sign(authority_key, hashes.SHA256())


@pytest.mark.parametrize(
    "wrong",
    [
        {"usage": ("key_agreement",)},
        {"usage": ("digital_signature",)},
        {"usage": ("digital_signature", "content_commitment", "key_cert_sign")},
        {"purpose": "1.3.6.1.5.5.7.3.1"},
        {"purpose": ""},
        {"ca": True},
    ],
    ids=["agreement", "no-commitment", "may-certify", "web-server", "no-purpose", "authority"],
)
def test_a_certificate_for_another_use_is_refused(verifier, root, wrong):
    key = ec.generate_private_key(ec.SECP256R1())
    codes = verdict_and_codes(verifier, signed_by(key, certified(root, key, **wrong), [root[0]]))[1]
    assert codes["signer"] == "wrong-key-usage"


def test_the_right_certificate_made_the_same_way_is_accepted(verifier, root):
    key = ec.generate_private_key(ec.SECP256R1())
    data = signed_by(key, certified(root, key), [root[0]])
    assert set(verdict_and_codes(verifier, data)[1]) == {"registered", "statements", "period", "standing"}


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["p384", "secp256k1", "rsa2048", "ed25519"],
)
def test_a_key_that_is_not_in_the_table_is_refused(verifier, root, key):
    def sign(message):
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(message)
        return bytes(64)

    data = signed_by(key, certified(root, key), [root[0]], sign=sign, algorithm=ED25519)
    verdict, codes = verdict_and_codes(verifier, data)
    assert verdict == "FAILED"
    assert codes["signature"] == "algorithm-not-permitted"


def test_sha_1_is_refused(verifier, root):
    key = ec.generate_private_key(ec.SECP256R1())

    def sign(message):
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA1())))
        return encode_dss_signature(r, min(s, P256_ORDER - s))

    data = signed_by(key, certified(root, key), [root[0]], sign=sign)
    assert verdict_and_codes(verifier, data)[1]["signature"] == "forged"


def mirror(value):
    r, s = decode_dss_signature(value)
    return encode_dss_signature(r, P256_ORDER - s)


def test_the_mirror_image_of_an_ecdsa_signature_is_refused(verifier, root):
    key = ec.generate_private_key(ec.SECP256R1())
    signer = certified(root, key)
    # One whose mirror image has a permitted length, so that only its high s gives it away.
    files = (signed_by(key, signer, [root[0]], at=SIGNED_AT - timedelta(seconds=n)) for n in range(100))
    data = next(item for item in files if len(mirror(find_signature(item).cms.signature)) <= 71)
    found = find_signature(data)
    layout = template(der_of(signer), [der_of(root[0])], P256)
    mirrored = layout.encode(found.digest, mirror(found.cms.signature))
    codes = verdict_and_codes(verifier, with_cms(data, mirrored))[1]
    assert "signature" not in codes  # mathematically it holds
    assert codes["spelling"] == "altered"


def inside_signer_info(cms, extra):
    """Return the CMS with ``extra`` at the end of its SignerInfo, all lengths mended."""
    outer = der.Reader(cms).enter(der.SEQUENCE)
    kind = outer.raw()
    data = outer.enter(der.CONTEXT_0).enter(der.SEQUENCE)
    head = b"".join(data.raw() for _ in range(4))
    info = data.enter(der.SET).enter(der.SEQUENCE)
    parts = []
    while not info.finished:
        parts.append(info.raw())
    signer = der.tlv(der.SET, der.tlv(der.SEQUENCE, *parts, extra))
    return der.tlv(der.SEQUENCE, kind, der.tlv(der.CONTEXT_0, der.tlv(der.SEQUENCE, head, signer)))


def test_an_unsigned_attribute_added_to_the_signature_is_refused(office, root):
    # A roomy file, so that only the attribute is wrong.
    authority, authority_key = root
    key = ec.generate_private_key(ec.SECP256R1())
    signer = make_signer(key, SIGNED_AT, authority, authority_key)
    data = signed_by(key, signer, [authority])
    cms = find_signature(data).cms_bytes
    assert inside_signer_info(cms, b"") == cms
    attribute = der.tlv(0xA1, der.tlv(der.SEQUENCE, der.oid("1.2.3.4"), der.tlv(der.SET)))
    report = office.verifier().verify_file(with_cms(data, inside_signer_info(cms, attribute)))
    assert report.verdict is CheckOutcome.FAILED


@pytest.mark.parametrize("others", ["none", "twice", "foreign-too"])
def test_certificates_added_or_taken_away_are_refused(office, root, others, signed):
    authority, authority_key = root
    key = ec.generate_private_key(ec.SECP256R1())
    signer = make_signer(key, SIGNED_AT, authority, authority_key)
    foreign = make_authority(key, SIGNED_AT, organisation="Another", country="BG")
    chain = {"none": [], "twice": [authority, signer], "foreign-too": [authority, foreign]}[others]
    data = signed_by(key, signer, chain)
    if others == "twice":  # a set of the same two: the genuine form, so it must pass
        assert set(outcomes(office.verifier().verify_file(data))) == {
            "registered",
            "statements",
            "period",
            "standing",
        }
    else:
        assert outcomes(office.verifier().verify_file(data))["spelling"] == "altered"


def test_a_second_signature_by_another_key_is_refused(verifier, signed):
    key = ec.generate_private_key(ec.SECP256R1())
    own = make_authority(key, SIGNED_AT, organisation="Another", country="BG")
    certificate = asn1_x509.Certificate.load(der_of(own))
    private = asn1_keys.PrivateKeyInfo.load(
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )
    signer = signers.SimpleSigner(certificate, private, SimpleCertificateStore())
    twice = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(signed)), PdfSignatureMetadata(field_name="Second"), signer=signer
    ).getvalue()
    assert twice.startswith(signed)
    assert verdict_and_codes(verifier, twice)[0] == "FAILED"


# --- a stranger's bytes never crash it ------------------------------------------------------------------


def test_any_bytes_get_an_answer(verifier):
    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=400), st.booleans())
    def check(data, pdf):
        assert verifier.verify_file(b"%PDF-1.7\n" + data if pdf else data).verdict is CheckOutcome.FAILED

    check()


def test_any_bytes_as_the_signature_get_an_answer(verifier, signed):
    @settings(max_examples=300, deadline=None)
    @given(st.binary(min_size=1, max_size=400))
    def check(cms):
        assert verifier.verify_file(with_cms(signed, cms)).verdict is CheckOutcome.FAILED

    check()


def test_a_signature_with_several_bytes_changed_gets_an_answer(office, signed):
    """Broken certificates, names, dates and keys inside an otherwise well-formed signature."""
    cms = find_signature(signed).cms_bytes
    verifier = office.verifier()
    places = st.integers(0, len(cms) - 1)

    @settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=3))
    def check(edits):
        changed = bytearray(cms)
        for position, value in edits:
            changed[position] = value
        report = verifier.verify_file(with_cms(signed, bytes(changed)))
        assert (report.verdict is CheckOutcome.FAILED) == (changed != cms)

    check()


@pytest.mark.parametrize("repeats", [1, 200_000])
@pytest.mark.parametrize("piece", [b"/ByteRange [0 1 2 3]", b"/M (D:20260101000000Z)", b"<", b"\0", b"[[[<<"])
def test_long_hostile_files_are_answered_at_once(verifier, piece, repeats):
    assert verifier.verify_file(b"%PDF-1.7\n" + piece * repeats).verdict is CheckOutcome.FAILED


def test_a_file_of_500_mb_is_refused_without_being_read(tmp_path):
    path = tmp_path / "large.pdf"
    with path.open("wb") as stream:
        stream.write(b"%PDF-1.7\n")
        stream.truncate(500_000_000)
    with pytest.raises(FileUnreadable, match="20 MB"):
        read_limited(path)


def test_bytes_beyond_the_limit_are_refused_by_the_verifier_itself(verifier):
    report = verifier.verify_file(b"%PDF-1.7\n".ljust(MAX_FILE_BYTES + 1))
    assert report.verdict is CheckOutcome.FAILED
    assert "larger" in report.checks[0].reason


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    for name in ("missing", "pipe", "empty", ".", "nul\0name"):
        with pytest.raises(FileUnreadable):
            read_limited(tmp_path / name)
