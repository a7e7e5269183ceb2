"""The credential in a certificate file and by itself: genuine ones pass, and each way to be another is refused."""

from __future__ import annotations

import base64
import contextlib
import json
import time
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from credential_keys import BASE, KEYS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed_files import (
    CERTIFICATE_ID,
    ISSUER,
    SIGNED_AT,
    FakeRegister,
    Office,
    award,
    clock_at,
    credential_of,
    one_page_pdf,
    outcomes,
)

from certify.credential.didweb import jwk_set
from certify.credential.jwt import base64url
from certify.credential.keyset import read_key_set
from certify.credential.press import CredentialPress
from certify.credential.rdf import MAX_CREDENTIAL_BYTES
from certify.credential.recognise import KnownIssuer
from certify.errors import FileUnreadable, InvalidInput, KeysMissing
from certify.keyring.store import anchors
from certify.status.model import CertificateStatus
from certify.status.public import PublicReason, PublicStatus
from certify.verification import credentials
from certify.verification.attachment import read_attachment
from certify.verification.checks import CREDENTIAL_REQUIRED
from certify.verification.report import CheckOutcome
from certify.verification.verifier import Verifier, exit_status

OTHER = "BAAQEAYEAUDAOCAJBIFQYDIOB4"
ISSUED = CredentialPress(BASE, KEYS).make(award())
ALONE = (ISSUED.json, ISSUED.jwt_eddsa.encode(), ISSUED.jwt_es256.encode(), ISSUED.jwt_es256.encode() + b"\n")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def verifier(office):
    register = FakeRegister()
    register.add(office.sign())
    return office.verifier(register)


def signed_with(office, change):
    """Sign a file whose unsigned bytes were changed, keeping their length."""
    signer = office.signer
    unsigned = one_page_pdf(signer.contents_length)
    changed = change(unsigned.content)
    assert len(changed) == len(unsigned.content)
    return signer.sign(replace(unsigned, tail=changed), SIGNED_AT)


def verifying(office, data, issuer=ISSUER):
    register = FakeRegister()
    register.add(data)
    return Verifier(anchors(office.directory), register, clock_at(SIGNED_AT), issuer=issuer)


# --- in the file --------------------------------------------------------------------------------------


def test_a_file_whose_attachment_was_swapped_for_another_valid_one_fails_offline_too(office):
    genuine, other = office.sign(), credential_of(certificate_id=OTHER)
    start, end = (genuine.index(mark) for mark in (b"<</Type/EmbeddedFile", b"\nendstream\nendobj\n10 0 obj"))
    packed = zlib.compress(other)
    swapped = (
        genuine[:start]
        + b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>\nstream\n%s" % (len(packed), packed)
        + genuine[end:]
    )
    assert read_attachment(swapped) == other
    for reader in (office.verifier(), verifying(office, genuine)):
        report = reader.verify_file(swapped)
        assert report.verdict is CheckOutcome.FAILED


def test_a_signed_file_that_names_another_credential_fails_without_the_register(office):
    report = office.verifier().verify_file(signed_with(office, renamed))
    assert outcomes(report)["credential"] == "another-credential"
    assert report.verdict is CheckOutcome.FAILED


def renamed(data: bytes) -> bytes:
    at = data.index(b"/ID [<") + len(b"/ID [<")
    return data[:at] + bytes(reversed(data[at : at + 32])) + data[at + 32 :]


def test_a_signed_file_with_the_credential_of_another_certificate_fails_by_what_it_states(office):
    data = office.sign(attached=credential_of(certificate_id=OTHER))
    report = verifying(office, data).verify_file(data)
    assert outcomes(report) == {"statements": "other-statements"}


@pytest.mark.parametrize(
    "changes", [{"number": "S4C-2026-JRTAB-20480-9"}, {"workload_minutes": 601}, {"status_index": 1}]
)
def test_one_fact_other_than_the_registered_one_fails(office, changes):
    data = office.sign(attached=credential_of(**changes))
    report = verifying(office, data).verify_file(data)
    assert outcomes(report) == {"statements": "other-statements"}


def test_a_file_without_a_credential_fails(office):
    data = signed_with(office, lambda content: content.replace(b"/EmbeddedFile/", b"/EmbeddedPile/"))
    report = verifying(office, data).verify_file(data)
    assert outcomes(report) == {
        "credential": "not-a-credential",
        "proof": "no-credential",
        "statements": "no-credential",
    }


def test_a_forged_proof_fails_in_a_file_and_alone(office):
    document = json.loads(ISSUED.json)
    stranger = CredentialPress(BASE, replace(KEYS, seed=bytes(32))).make_json(award())
    value = json.loads(stranger)["proof"][0]["proofValue"]
    forged = ISSUED.json.replace(document["proof"][0]["proofValue"].encode(), value.encode())
    data = office.sign(attached=forged)
    assert outcomes(verifying(office, data).verify_file(data)) == {"proof": "credential-forged"}
    report = verifying(office, data).verify_file(forged)
    assert outcomes(report)["proof"] == "credential-forged"


def test_a_credential_signed_after_its_key_was_retired_fails(office):
    data = office.sign()
    retired = KnownIssuer(BASE, lambda: KEYS.published(SIGNED_AT - timedelta(days=1)))
    assert outcomes(verifying(office, data, retired).verify_file(data)) == {"proof": "credential-forged"}
    later = KnownIssuer(BASE, lambda: KEYS.published(SIGNED_AT + timedelta(days=1)))
    assert outcomes(verifying(office, data, later).verify_file(data)) == {}


def test_without_the_issuers_keys_the_proof_stays_open(office):
    def none():
        raise KeysMissing("There is no key store.")

    data = office.sign()
    for issuer in (None, KnownIssuer(BASE, none)):
        report = verifying(office, data, issuer).verify_file(data)
        assert outcomes(report) == {"proof": "no-issuer-keys"}
        assert report.verdict is CheckOutcome.INDETERMINATE


def test_the_same_credential_written_otherwise_passes_by_what_it_states(office):
    """As JSON-LD another order of members is the same; the file that holds it was signed so."""
    document = json.loads(ISSUED.json)
    other_order = json.dumps(dict(reversed(document.items())), indent=1).encode()
    data = office.sign(attached=other_order)
    assert outcomes(verifying(office, data).verify_file(data)) == {}


# --- hostile attachments ------------------------------------------------------------------------------


def opening(length: int, more: bytes = b"") -> bytes:
    return b"\n9 0 obj\n<</Type/EmbeddedFile/Filter/FlateDecode%s/Length %d>>\nstream\n" % (more, length)


END = b"\nendstream\nendobj\n"
PACKED = zlib.compress(b"{}")
HOSTILE = {
    "bomb": opening(len(bomb := zlib.compress(bytes(200_000_000), 9))) + bomb + END,
    "one byte too many": opening(len(PACKED) + 1) + PACKED + END,
    "one byte too few": opening(len(PACKED) - 1) + PACKED + END,
    "twice": (opening(len(PACKED)) + PACKED + END) * 2,
    "two lengths": opening(len(PACKED), b"/Length 3") + PACKED + END,
    "not deflated": opening(2).replace(b"/Filter/FlateDecode", b"") + b"{}" + END,
    "behind its end": opening(len(PACKED + b"more")) + PACKED + b"more" + END,
    "cut off": opening(len(PACKED) - 4) + PACKED[:-4] + END,
    "no end": opening(len(PACKED)) + PACKED,
    "length of nothing": opening(9_999_999) + PACKED + END,
    "far from its beginning": b"\n9 0 obj\n<</A(" + b"a" * 5_000 + b")" + opening(len(PACKED))[10:] + PACKED + END,
    "on two lines": opening(len(PACKED)).replace(b"/Filter", b"\n/Filter") + PACKED + END,
    "nothing": b"%PDF-1.7\n",
}  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_attachment_is_refused_in_bounded_time(data):
    began = time.process_time()
    with pytest.raises(FileUnreadable):
        read_attachment(data)
    assert time.process_time() - began < 1


def test_the_largest_credential_is_read_and_one_byte_more_is_not():
    for size, fits in ((MAX_CREDENTIAL_BYTES, True), (MAX_CREDENTIAL_BYTES + 1, False)):
        packed = zlib.compress(bytes(size))
        data = opening(len(packed)) + packed + END
        if fits:
            assert len(read_attachment(data)) == size
        else:
            with pytest.raises(FileUnreadable):
                read_attachment(data)


def test_a_file_full_of_beginnings_takes_time_in_proportion_to_its_size():
    began = time.process_time()
    for piece in (b"/EmbeddedFiles ", b"\n9 0 obj\n", opening(3), b"\n9 0 obj\n<<" + b"<" * 40):
        with pytest.raises(FileUnreadable):
            read_attachment(piece * (10_000_000 // len(piece)))
    assert time.process_time() - began < 5


@given(st.lists(st.sampled_from([b"/EmbeddedFile", b" 0 obj\n", b"\n9", b"<<", b">>\nstream\n", b"/Length 3",
                                 b"/Filter/FlateDecode", END, PACKED, b"x"]), max_size=14).map(b"".join))  # fmt: skip
def test_any_order_of_its_pieces_gets_an_answer(data):
    with contextlib.suppress(FileUnreadable):
        assert len(read_attachment(data)) <= MAX_CREDENTIAL_BYTES


# --- alone --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ALONE, ids=["json", "eddsa", "es256", "with a newline"])
def test_a_credential_by_itself_passes_the_checks_from_seven_on(verifier, data):
    report = verifier.verify_file(data)
    assert report.verdict is CheckOutcome.PASSED, outcomes(report)
    assert report.required == CREDENTIAL_REQUIRED == tuple(check.id for check in report.checks)
    assert [check.number for check in report.checks] == [7, 8, 9, 10, 11, 12]
    assert report.award == award()
    assert report.signature is None
    assert exit_status(report) == 0


@pytest.mark.parametrize("data", ALONE[:3], ids=["json", "eddsa", "es256"])
def test_offline_its_proof_is_judged_and_the_verdict_stays_open(office, data):
    report = office.verifier().verify_file(data)
    assert outcomes(report) == {
        "registered": "offline",
        "statements": "no-entry",
        "period": "no-entry",
        "standing": "no-entry",
    }
    assert exit_status(report) == 3


@pytest.mark.parametrize("data", ALONE[:3], ids=["json", "eddsa", "es256"])
def test_what_was_withdrawn_or_never_registered_fails(office, data):
    revoked, unknown = FakeRegister(), FakeRegister()
    status = PublicStatus(
        status=CertificateStatus.REVOKED, since=SIGNED_AT, reason=PublicReason.HOLDER_REQUEST
    )
    revoked.add(b"a file", status)
    assert outcomes(office.verifier(revoked).verify_file(data)) == {"standing": "revoked"}
    report = office.verifier(unknown).verify_file(data)
    assert outcomes(report)["registered"] == "not-registered"
    assert exit_status(report) == 1
    silent = office.verifier(FakeRegister(silent=True)).verify_file(data)
    assert outcomes(silent)["registered"] == "register-unavailable"
    assert exit_status(silent) == 3


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from leaves(item, (*path, position))
    else:
        yield path


def changed_at(document, path):
    document = json.loads(json.dumps(document))
    place = document
    for step in path[:-1]:
        place = place[step]
    old = place[path[-1]]
    place[path[-1]] = not old if isinstance(old, bool) else old + 1 if isinstance(old, int) else old + "x"
    return document


def test_every_leaf_changed_is_refused_and_nothing_of_the_record_is_shown_beside_it(verifier):
    document = json.loads(ISSUED.json)
    for path in leaves(document):
        report = verifier.verify_file(json.dumps(changed_at(document, path)).encode())
        assert report.verdict is CheckOutcome.FAILED, path
        assert report.award is None, path


@pytest.mark.parametrize("token", [ISSUED.jwt_eddsa, ISSUED.jwt_es256], ids=["EdDSA", "ES256"])
def test_every_leaf_of_a_token_changed_is_refused_too(verifier, token):
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert len(list(leaves(claims))) > 90
    for path in leaves(claims):
        body = base64url(json.dumps(changed_at(claims, path)).encode())
        report = verifier.verify_file(f"{head}.{body}.{signature}".encode())
        assert report.verdict is CheckOutcome.FAILED, path
        assert report.award is None, path


def test_a_sound_credential_that_the_register_knows_otherwise_fails(office):
    register = FakeRegister()
    register.add(b"a file")
    made = CredentialPress(BASE, KEYS).make(award(workload_minutes=60_000))
    for data in (made.json, made.jwt_eddsa.encode(), made.jwt_es256.encode()):
        assert outcomes(office.verifier(register).verify_file(data)) == {"statements": "other-statements"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | st.sampled_from(ALONE),
       at=st.integers(0, 12_000), piece=st.binary(max_size=3))  # fmt: skip
def test_any_bytes_put_anywhere_get_an_answer(verifier, data, at, piece):
    changed = data[:at] + piece + data[at + len(piece) :]
    for prefix in (b"", b"{", b"ey"):
        report = verifier.verify_file(prefix + changed)
        assert report.verdict is CheckOutcome.FAILED or (not prefix and data in ALONE)


# --- the issuer's keys as a file ----------------------------------------------------------------------


def test_a_published_key_set_is_read_as_it_was_written(office):
    retired = SIGNED_AT + timedelta(days=9)
    keys = KEYS.published(retired)
    found = read_key_set(json.dumps(jwk_set(BASE, keys)).encode())
    assert found.public_base == BASE
    assert tuple(found.keys()) == keys
    data = office.sign()
    assert outcomes(verifying(office, data, found).verify_file(data)) == {}


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("https://certificates.example/institute/a", "https"),
        ("http://localhost:8000", "http"),
        ("https://xn--bcher-kva.example:8443", "https"),
    ],
)
def test_the_address_follows_from_the_name_of_a_key(base, host):
    assert read_key_set(json.dumps(jwk_set(base, KEYS.published())).encode()).public_base == base
    assert base.startswith(host)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": []},
        {"keys": {}},
        {"keys": ["x"]},
        {"keys": [{}]},
        {},
        [],
    ],
)
def test_what_is_no_key_set_is_refused(change):
    with pytest.raises(InvalidInput, match=r"^issuer keys: "):
        read_key_set(json.dumps(change).encode())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", "AA"), ("x", "!"), ("x", 3), ("kid", "did:key:z6Mk#a"), ("kid", "did:web:#a"), ("kid", "did:web:a%2Fb#a"),
        ("kty", "RSA"), ("crv", "P-384"), ("iat", "1"), ("iat", -1), ("iat", 2**60), ("exp", None), ("iat", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 1])
def test_one_wrong_member_of_a_key_refuses_the_whole_set(name, value, place):
    document = jwk_set(BASE, KEYS.published())
    document["keys"][place][name] = value
    with pytest.raises(InvalidInput):
        read_key_set(json.dumps(document).encode())


def test_keys_of_two_issuers_are_not_mixed():
    two = [
        *jwk_set(BASE, KEYS.published())["keys"],
        *jwk_set("https://other.example", KEYS.published())["keys"],
    ]
    with pytest.raises(InvalidInput, match="several issuers"):
        read_key_set(json.dumps({"keys": two}).encode())


def test_the_register_asked_by_number_reports_the_same_checks(office):
    data = office.sign()
    report = verifying(office, data).verify_certificate(CERTIFICATE_ID)
    assert outcomes(report) == {}
    assert len(report.checks) == 12


def test_a_proof_is_worked_out_once_for_the_same_credential_and_keys(monkeypatch):
    asked = []
    verify = credentials.verify_credential
    monkeypatch.setattr(
        credentials, "verify_credential", lambda *given: asked.append(given) or verify(*given)
    )
    credentials._fault.cache_clear()
    read = credentials.alone(ISSUED.json)
    for _ in range(3):
        assert credentials.proof(read, ISSUER).outcome is CheckOutcome.PASSED
    assert len(asked) == 1
    for _ in range(2):
        assert credentials.proof(read, KnownIssuer(BASE, list)).outcome is CheckOutcome.FAILED
    assert len(asked) == 2
