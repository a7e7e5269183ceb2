"""Timestamps and later updates of a stranger: only what changes nothing, and is stamped by whom we trust, passes."""

from __future__ import annotations

import random
import re
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import keys
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfTimeStamper, fields
from pyhanko.sign.timestamps import DummyTimeStamper
from signed_files import outcomes
from timestamp_office import STAMP, Stamps, _asn1
from timestamped_files import Stamping, der_of

from certify.errors import SelfCheckFailed
from certify.keyring.store import anchors
from certify.pades import der, update
from certify.pades.read import MAX_UPDATES, find_signature
from certify.pades.timestamp import normal, parse
from certify.pades.update import Evidence
from certify.verification.report import CheckOutcome
from certify.verification.timestamps import Distrusted, trusted_chain
from certify.verification.trust import issued
from certify.verification.verifier import self_check

AT = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def stamping(tmp_path_factory):
    return Stamping.open(tmp_path_factory.mktemp("keys"), AT)


@pytest.fixture(scope="module")
def b_t(stamping):
    return stamping.sign()


@pytest.fixture(scope="module")
def b_lta(stamping, b_t):
    return stamping.archive(b_t)


@pytest.fixture(scope="module")
def pressed(stamping):
    return stamping.sign(pressed=True)


@pytest.fixture
def verifier(stamping, b_t):
    return stamping.verifier(b_t)


def normal_token(stamps, imprint):
    """Return what somebody who does not look would put in: the authority's chain, unchecked."""
    token = parse(stamps.token(imprint))
    return normal(token, [der_of(stamps.between)])


# --- a stranger's updates ----------------------------------------------------------------------------------


def saved_behind(data, change):
    """Return the file with an incremental update that pyHanko writes for what ``change`` does."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def by_hand(data, number, body):
    """Return the file with one object replaced or added by an update in the plainest form."""
    start = len(data)
    out = data + b"%d 0 obj\n%s\nendobj\n" % (number, body)
    previous = int(data[data.rindex(b"startxref") + 10 :].split()[0])
    size = max(number + 1, int(data[data.rindex(b"/Size ") + 6 :].split()[0]))
    return out + (
        b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (number, start, size, previous, len(out))
    )


def page_replaced(data):
    content = b"BT /F1 24 Tf 72 400 Td (Professor) Tj ET"
    return by_hand(data, 4, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))


def page_tree_replaced(data):
    return by_hand(data, 2, b"<< /Type /Pages /Kids [] /Count 0 >>")


def annotation_added(data):
    return by_hand(data, 99, b"<< /Type /Annot /Subtype /FreeText /Rect [0 0 99 99] /Contents (Level 8) >>")


def form_filled(data):
    return by_hand(
        data, 6, b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (Name) /V (Another) /Rect [0 0 9 9] >>"
    )


def attachment_swapped(data):
    return by_hand(data, 98, b"<< /Type /EmbeddedFile /Length 2 >>\nstream\n{}\nendstream")


def catalog_redefined(data):
    return by_hand(
        data, 1, b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"
    )


def only_a_cross_reference_table(data):
    previous = int(data[data.rindex(b"startxref") + 10 :].split()[0])
    return data + b"xref\n0 0\ntrailer\n<< /Size 9 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        previous,
        len(data),
    )


def one_newline(data):
    return data + b"\n"


def a_comment(data):
    return data + b"%harmless\n"


def a_copy_of_itself(data):
    return data + data


CHANGES = [
    page_replaced,
    page_tree_replaced,
    annotation_added,
    form_filled,
    attachment_swapped,
    catalog_redefined,
    only_a_cross_reference_table,
    one_newline,
    a_comment,
    a_copy_of_itself,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("where", ["behind the signature", "behind the archive timestamp"])
def test_what_is_no_timestamp_of_ours_is_refused_wherever_it_stands(verifier, b_t, b_lta, change, where):
    data = change(b_t if where == "behind the signature" else b_lta)
    report = verifier.verify_file(data)
    assert outcomes(report) == {"form": "added-later"}
    assert report.verdict is CheckOutcome.FAILED
    assert not report.signature.intact
    assert report.award is not None  # what the signed revision certified, beside what was done to it


def swap_the_attachment(writer):
    files = writer.root["/AF"][0]["/EF"]
    files["/F"] = files["/UF"] = writer.add_object(generic.StreamObject(stream_data=b'{"level": 8}'))
    writer.update_container(files)


def draw_on_the_page(writer):
    content = generic.StreamObject(stream_data=b"BT 72 400 Td (Professor) Tj ET")
    writer.add_stream_to_page(0, writer.add_object(content))


def add_a_note(writer):
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Contents"): generic.pdf_string("Level 8"),
        }
    )
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


def add_a_form_field(writer):
    fields.append_signature_field(writer, fields.SigFieldSpec("Second"))


def open_with_a_script(writer):
    action = {"/S": generic.pdf_name("/JavaScript"), "/JS": generic.pdf_string("app.alert(1)")}
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {generic.pdf_name(name): value for name, value in action.items()}
    )
    writer.update_root()


@pytest.mark.parametrize(
    "change",
    [swap_the_attachment, draw_on_the_page, add_a_note, add_a_form_field, open_with_a_script],
    ids=lambda change: change.__name__,
)
@pytest.mark.parametrize("archived", [False, True], ids=["issued", "archived"])
def test_what_another_program_changes_in_a_real_certificate_is_refused(stamping, pressed, change, archived):
    data = saved_behind(stamping.archive(pressed) if archived else pressed, change)
    with pikepdf.open(BytesIO(data)):  # a file that readers open
        assert outcomes(stamping.verifier(pressed).verify_file(data)) == {"form": "added-later"}


@pytest.mark.parametrize("change", CHANGES[:6], ids=lambda change: change.__name__)
def test_a_change_hidden_under_a_genuine_archive_timestamp_is_refused(stamping, verifier, b_t, change):
    """The authority stamps anything that it is given the hash of."""
    changed = change(b_t)
    tail = stamping.archive(b_t)[len(b_t) :]
    assert outcomes(verifier.verify_file(changed + tail))["form"] == "added-later"


def test_a_document_timestamp_of_another_program_is_refused(stamping, verifier, b_t):
    stamps = stamping.stamps
    private = stamps.key("signer")
    stamper = DummyTimeStamper(
        _asn1(stamps.signer),
        keys.PrivateKeyInfo.load(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        fixed_dt=stamps.at,
    )
    theirs = (
        PdfTimeStamper(stamper).timestamp_pdf(IncrementalPdfFileWriter(BytesIO(b_t)), "sha256").getvalue()
    )
    assert outcomes(verifier.verify_file(theirs)) == {"form": "added-later"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/F 132 /Rect [0 0 0 0]", b"/F 132 /Rect [0 0 9 9]"),
        (b"/T (Timestamp 1)", b"/T (Timestamp 2)"),
        (b"/TU <feff", b"/TV <feff"),
        (b"/SubFilter /ETSI.RFC3161", b"/SubFilter /ETSI.RFC3162"),
        (b"/Type /DSS", b"/Type /DSX"),
        (b"/ExtensionLevel 2", b"/ExtensionLevel 3"),
        (b"/Fields [6 0 R 20 0 R]", b"/Fields [6 0 R 19 0 R]"),
        (b"/Prev ", b"/Prew "),
        (b"/Pages 2 0 R", b"/Pages 3 0 R"),
        (b"/MediaBox [0 0 842 595]", b"/MediaBox [0 0 842 999]"),
        (b"/Contents 4 0 R", b"/Contents 5 0 R"),
    ],
)
def test_an_update_stamped_after_a_change_to_any_of_its_parts_is_refused(
    stamping, verifier, b_t, old, new, monkeypatch
):
    lay_out = update.lay_out

    def changed(*arguments):
        unsigned, after = lay_out(*arguments)
        content = unsigned.content.replace(old, new)
        assert content != unsigned.content
        assert len(content) == len(unsigned.content)
        return type(unsigned)(
            tail=content, contents_at=unsigned.contents_at, contents_length=unsigned.contents_length
        ), after

    monkeypatch.setattr("timestamped_files.lay_out", changed)
    assert outcomes(verifier.verify_file(stamping.archive(b_t)))["form"] == "added-later"


def test_an_update_in_an_earlier_spelling_is_read_too(stamping, verifier, b_t, monkeypatch):
    """Files were updated before the identifier changed with every update, and before a field was described."""
    data, described, identifiers = b_t, [], []
    for spelling in update.Spelling:
        monkeypatch.setattr("timestamped_files.lay_out", partial(update.lay_out, spelling=spelling))
        data = stamping.archive(data)
        monkeypatch.undo()
        assert outcomes(verifier.verify_file(data)) == {}
        described.append(data.count(b"/TU <feff"))
        identifiers.append(len(set(re.findall(rb"/ID (\[.*?\])", data))))
    assert (described, identifiers) == ([0, 0, 1], [1, 2, 3])


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (b"", "\x1ben\x1bTimestamp added later; it covers all of the file before it."),
        (b" /Lang(de)", "\x1ben\x1bTimestamp added later; it covers all of the file before it."),
        (b" /Lang (en)", "Timestamp added later; it covers all of the file before it."),
        (b" /Lang(bg)", "Времеви печат, добавен по-късно; обхваща целия файл преди него."),
    ],
)
def test_a_field_is_described_in_the_documents_language_or_in_marked_english(b_t, language, told):
    before = update.layout_of(b_t)
    catalog = before.bodies[before.root].removesuffix(b">>") + language + b" >>"
    before = replace(before, bodies={**before.bodies, before.root: catalog})
    for _ in range(2):
        unsigned, before = update.lay_out(before, update.Evidence(), 100)
        (text,) = re.findall(rb"/TU <feff([0-9a-f]+)>", unsigned.content)
        assert bytes.fromhex(text.decode("ascii")).decode("utf-16-be") == told


# --- tokens ------------------------------------------------------------------------------------------------


def test_a_timestamp_of_another_signature_is_refused(stamping, b_t):
    other = Stamping(stamping.office, stamping.stamps, AT + timedelta(seconds=1))
    foreign = find_signature(b_t).timestamp.raw
    data = other.sign(stamp=lambda _: foreign)
    report = other.verifier(data).verify_file(data)
    assert outcomes(report) == {"timestamps": "timestamp-of-another"}
    assert report.signature.proven_at is None


def test_a_document_timestamp_of_another_file_is_refused(stamping, verifier, b_t, b_lta):
    foreign = find_signature(b_lta).updates[0].token.raw
    again = stamping.archive(b_t, stamp=lambda _: foreign)
    assert outcomes(verifier.verify_file(again)) == {"timestamps": "timestamp-of-another"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"purposes": (ExtendedKeyUsageOID.CODE_SIGNING,)}, "timestamp-key-usage"),
        ({"purposes": (STAMP, ExtendedKeyUsageOID.CODE_SIGNING)}, "timestamp-key-usage"),
        ({"purposes": ()}, "timestamp-key-usage"),
        ({"critical": False}, "timestamp-key-usage"),
        ({"between_may": False}, "timestamp-key-usage"),
        ({"end": AT}, "timestamp-outside-validity"),
        ({"begin": AT + timedelta(days=1)}, "timestamp-outside-validity"),
        ({"name": "Strangers"}, "unknown-timestamp-authority"),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("where", ["in the signature", "behind it"])
def test_a_timestamp_by_whom_may_not_stamp_is_refused(stamping, wrong, code, where):
    stamps = Stamps(at=AT + timedelta(seconds=3), **wrong)
    if "name" not in wrong:
        stamps.root = stamping.stamps.root  # the same key and name; the certificate that is trusted
    if where == "in the signature":
        data = stamping.sign(stamp=lambda imprint: normal_token(stamps, imprint))
    else:
        data = stamping.pressed_plainly()
        data = stamping.archive(data, Evidence(), stamp=lambda imprint: normal_token(stamps, imprint))
    report = stamping.verifier(data[: find_signature(data).signed_length]).verify_file(data)
    assert outcomes(report) == {"timestamps": code}
    assert report.signature.level == "B-B"
    with pytest.raises(SelfCheckFailed):
        self_check(data, anchors(stamping.office.directory), lambda: stamps.at, [stamping.stamps.root])


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (timedelta(days=1), "timestamp-in-future"),
        (timedelta(days=-1), "timestamp-too-early"),
        (timedelta(minutes=-1), None),
    ],
)
def test_a_timestamp_ahead_or_before_what_it_stamps_is_refused(stamping, shift, code):
    stamps = Stamps(at=AT + shift)
    data = stamping.sign(stamp=lambda imprint: normal_token(stamps, imprint))
    report = stamping.verifier(data, at=AT + timedelta(minutes=10)).verify_file(data)
    assert outcomes(report) == ({"timestamps": code} if code else {})


def test_a_signature_first_seen_after_its_signers_certificate_ended_is_refused(stamping):
    stamps = Stamps(at=AT + timedelta(days=6 * 365))
    data = stamping.sign(stamp=lambda imprint: normal_token(stamps, imprint))
    report = stamping.verifier(data, at=stamps.at).verify_file(data)
    assert outcomes(report)["timestamps"] == "timestamp-too-late"


def test_without_a_named_timestamp_authority_nothing_is_said_for_or_against_it(stamping, b_t, b_lta):
    for data in (b_t, b_lta):
        report = stamping.verifier(b_t, trusted=False).verify_file(data)
        assert outcomes(report) == {"timestamps": "no-timestamp-authority"}
        assert report.verdict is CheckOutcome.INDETERMINATE
        assert report.signature.proven_at is None


def test_a_token_with_a_certificate_too_many_is_refused(stamping):
    stranger = Stamps(name="Strangers")

    def stamp(imprint):
        token = parse(stamping.stamps.token(imprint))
        return normal(token, [der_of(stamping.stamps.between), der_of(stranger.root)])

    data = stamping.sign(stamp=stamp)
    assert outcomes(stamping.verifier(data).verify_file(data)) == {"timestamps": "timestamp-altered"}


def test_a_token_as_the_authority_wrote_it_is_not_of_our_form(stamping, b_t):
    data = stamping.sign(stamp=stamping.stamps.token)
    assert outcomes(stamping.verifier(data).verify_file(data))["form"] == "not-a-certificate"
    data = stamping.archive(b_t, stamp=stamping.stamps.token)
    assert outcomes(stamping.verifier(b_t).verify_file(data)) == {"form": "added-later"}


@pytest.mark.parametrize(("digest", "good"), [("sha1", False), ("sha256", True)])
def test_a_certificate_signed_with_sha_1_vouches_for_nothing(tmp_path, digest, good):
    path = tmp_path / "own.pem"
    done = subprocess.run(
        f"openssl req -x509 -{digest} -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        f" -keyout /dev/null -subj /CN=Own -out {path}".split(),
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    own = x509.load_pem_x509_certificate(path.read_bytes())
    assert issued(own, own) is good


def test_a_token_that_does_not_name_its_signer_is_refused(stamping):
    """RFC 5816: without the ESS attribute another certificate for the same key could be put in its place."""
    imprint = bytes(32)
    token = parse(stamping.stamps.token(imprint))
    stamps = stamping.stamps
    twin = Stamps(at=stamps.at)
    forged = parse(normal(replace(token, signer=der_of(twin.signer)), [der_of(twin.between)]))
    with pytest.raises(Distrusted, match="does not belong"):
        trusted_chain(forged, imprint, [stamps.root], stamps.at)


# --- evidence -----------------------------------------------------------------------------------------------


def stranger():
    return Stamps(name="Strangers")


JUNK = {
    "a stranger's certificate": lambda own: Evidence(
        certificates=(*own.certificates, der_of(stranger().root))
    ),
    "a stranger's list": lambda own: Evidence(
        certificates=own.certificates, revocation_lists=(stranger().crl("root"),)
    ),
    "what is no list": lambda _: Evidence(
        revocation_lists=(der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.tlv(der.INTEGER, b"\1"))),)
    ),
    "what is no certificate": lambda _: Evidence(
        certificates=(der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.tlv(der.CONTEXT_0, b"Level 8"))),)
    ),
}


@pytest.mark.parametrize("junk", JUNK)
def test_an_update_is_no_place_to_hide_things(stamping, verifier, b_t, junk):
    data = stamping.archive(b_t, JUNK[junk](stamping.evidence(b_t)))
    report = verifier.verify_file(data)
    assert report.verdict is CheckOutcome.FAILED
    assert outcomes(report)["timestamps"] in {"unknown-evidence", "timestamp-forged"}


def test_evidence_that_is_no_der_is_no_update_of_ours(stamping, verifier, b_t):
    data = stamping.archive(b_t, Evidence(certificates=(b"<< /Type /Page >>",)))
    assert outcomes(verifier.verify_file(data))["form"] == "added-later"


# --- bounds -------------------------------------------------------------------------------------------------


def test_as_many_updates_as_renewal_will_ever_need_pass_and_one_more_does_not(stamping):
    data = stamping.pressed_plainly()
    signed = data
    for _ in range(MAX_UPDATES):
        data = stamping.archive(data, Evidence())
    assert outcomes(stamping.verifier(signed).verify_file(data)) == {}
    data = stamping.archive_blindly(data)
    assert outcomes(stamping.verifier(signed).verify_file(data)) == {"form": "added-later"}


@pytest.mark.parametrize(
    "piece",
    [
        b"1 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< >>\nstartxref\n0\n%%EOF\n",
        b"9 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n",
        b"9 0 obj\n<< /Length 9999999 >>\nstream\n",
        b"/ByteRange [0 1 2 3] /Contents <",
        b"9 0 obj\n<< /Length 4 >>\nstream\n0\x020\x00\nendstream\nendobj\n",
    ],
)
def test_thousands_of_revisions_are_answered_at_once(verifier, b_t, piece):
    data = b_t + piece * (15_000_000 // len(piece))
    began = time.process_time()
    assert outcomes(verifier.verify_file(data))["form"] == "added-later"
    assert time.process_time() - began < 1


def test_any_bytes_behind_the_signature_get_an_answer(verifier, b_t, b_lta):
    real = b_lta[len(b_t) :]

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(0, len(real)), st.integers(0, len(real)), st.binary(max_size=60))
    def check(start, end, middle):
        tail = real[:start] + middle + real[end:]
        report = verifier.verify_file(b_t + tail)
        assert (report.verdict is CheckOutcome.PASSED) == (tail in {real, b""})

    check()


# --- every byte ----------------------------------------------------------------------------------------------


def places(data, start=0):
    """Every offset from ``start`` but the zeros that fill up a room, of which a sample must do."""
    found, at = [], start
    while at < len(data):
        zeros = len(data[at:]) - len(data[at:].lstrip(b"0"))
        found += range(at, at + min(zeros, 40)) if zeros > 200 else range(at, at + zeros)
        at += zeros
        run = data.find(b"0" * 201, at)
        found += range(at, len(data) if run < 0 else run)
        at = len(data) if run < 0 else run
    return found


def refused(verifier, data, offsets, seed):
    """Flip one bit of each byte and return the offsets that nobody noticed."""
    chosen = random.Random(seed)
    survivors = []
    for position in offsets:
        changed = bytearray(data)
        changed[position] ^= 1 << chosen.randrange(8)
        if verifier.verify_file(bytes(changed)).verdict is not CheckOutcome.FAILED:
            survivors.append(position)
    return survivors


def test_any_flipped_byte_of_a_b_t_file_is_refused_without_the_register(stamping, b_t):
    offsets = places(b_t)
    assert len(offsets) > 8000
    assert refused(stamping.verifier(), b_t, offsets, 2026) == []


def test_any_flipped_byte_of_an_archive_update_is_refused_without_the_register(stamping, b_t, b_lta):
    # The evidence is DER under the digest: a tenth of its bytes stands for all. Of the token, written in two
    # digits for each byte, either of them. Of the rest, every byte.
    evidence_end = b_lta.index(b"/Type /DSS")
    token = b_lta.index(b"/Contents <", evidence_end) + 11
    rest = [at for at in places(b_lta, evidence_end) if at < token or at % 2 or at > token + 16_300]
    offsets = [*range(len(b_t), evidence_end, 10), *rest]
    assert len(offsets) > 3500
    assert refused(stamping.verifier(), b_lta, offsets, 2027) == []


@pytest.mark.parametrize("where", ["in the signature", "behind it"])
def test_bits_called_unused_in_a_certificate_that_a_timestamp_carries_are_refused(stamping, where):
    """Where a signature's last bit is 0, it could be called unused, and the certificate would still verify."""
    stamps = Stamps(at=AT + timedelta(seconds=3))
    while stamps.between.signature[-1] & 1:
        stamps = Stamps(at=stamps.at)  # another serial number, so another signature
    other = Stamping(stamping.office, stamps, AT)
    data = other.sign() if where == "in the signature" else other.archive(other.pressed_plainly())
    ending = (b"\0" + stamps.between.signature).hex().encode()
    called_unused = data.replace(ending, b"01" + ending[2:])
    assert sum(old != new for old, new in zip(data, called_unused, strict=True)) == 1
    assert "timestamps" not in outcomes(other.verifier().verify_file(data))
    assert (
        outcomes(other.verifier().verify_file(called_unused))["timestamps"] == "unknown-timestamp-authority"
    )


def test_the_updated_file_shows_the_page_that_was_signed(b_t, b_lta):
    with pikepdf.open(BytesIO(b_t)) as before, pikepdf.open(BytesIO(b_lta)) as after:
        assert before.pages[0].Contents.read_bytes() == after.pages[0].Contents.read_bytes()
