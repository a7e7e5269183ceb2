"""What issuing does by comparing is what the slow way does by looking: fresh files, and tokens made when asked for."""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from signed_files import SIGNED_AT, Office, award, clock_at, credential_of

from certify.credential import ed25519
from certify.credential import recognise as credential_recognise
from certify.credential.jwt import verify_jwt
from certify.errors import FileUnreadable, InvalidInput, KeysMissing, NotFound, SelfCheckFailed
from certify.issuing import maker
from certify.issuing.credentials import ALGORITHMS
from certify.issuing.model import CertificateState
from certify.keyring.store import anchors, rotate
from certify.pades import recognise as pades_recognise
from certify.pades.algorithms import P256, RSA3072, new_private_key, signing_function
from certify.pades.read import find_signature
from certify.pades.recognise import read_sealed
from certify.parts import Head, Parted, whole
from certify.pdf.press import CertificatePress
from certify.verification.fresh import FreshFiles
from certify.verification.verifier import self_check


@pytest.fixture(scope="module", params=["p256", "rsa3072"])
def office(request, tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("keys"), request.param)


def sealed(office, press=None, **changes):
    signer, one = office.signer, award(**changes)
    made = press or CertificatePress(signer.contents_length)
    unsigned = made.press(one, one.verification_url, whole(credential_of(**changes)))
    return signer.seal(unsigned, SIGNED_AT)


class Desk(FreshFiles):
    """Counts how often the slow way is asked."""

    def __init__(self, office, at=SIGNED_AT):
        self.asked = 0

        def slowly(data):
            self.asked += 1
            return self_check(data, anchors(office.directory), clock_at(at))

        super().__init__(slowly, anchors(office.directory), clock_at(at))


def test_after_the_first_file_of_a_signer_the_next_ones_are_recognised(office):
    desk, press = Desk(office), CertificatePress(office.signer.contents_length)
    for number in ("S4C-2026-7K3MQ-9XT2A-Y", "S4C-2026-JRTAB-20481-6"):
        assert desk.check(sealed(office, press, number=number)) is None
    assert desk.asked == 1


def test_what_is_read_of_a_fresh_file_is_what_the_strict_reader_finds(office):
    pdf = sealed(office)
    found, slow = read_sealed(pdf), find_signature(pdf.content)
    assert (found.digest, pdf.sha256) == (slow.digest, slow.revision_sha256)
    assert bytes.fromhex(found.held.decode()).startswith(slow.cms_bytes)
    assert found.claimed_at.decode() == f"{slow.claimed_at:%Y%m%d%H%M%S}"


def test_any_byte_of_the_tail_changed_is_refused_by_the_slow_way(office):
    desk, pdf = Desk(office), sealed(office)
    desk.check(pdf)
    start = pdf.tail.index(b"/Contents <3")
    places = [
        *range(0, len(pdf.tail), 149),
        *range(start - 120, start + 90),
        *range(start + 90, len(pdf.tail), 61),
    ]
    for place in places:
        changed = bytearray(pdf.tail)
        changed[place] ^= 1
        with pytest.raises(SelfCheckFailed):
            desk.check(Parted(pdf.head, bytes(changed)))
    assert desk.asked == 1 + len(places)


def test_a_head_changed_or_a_tail_with_more_behind_it_is_refused(office):
    desk, pdf = Desk(office), sealed(office)
    desk.check(pdf)
    content = bytearray(pdf.head.content)
    content[len(content) // 2] ^= 1
    for other in (Parted(Head(bytes(content)), pdf.tail), Parted(pdf.head, pdf.tail + b"\n")):
        with pytest.raises(SelfCheckFailed):
            desk.check(other)


def test_files_of_an_unknown_signer_or_of_another_time_go_the_slow_way(office, tmp_path):
    desk = Desk(office)
    desk.check(sealed(office))
    stranger = Office.open(tmp_path / "stranger")
    with pytest.raises(SelfCheckFailed):
        desk.check(sealed(stranger))
    early = Desk(office, SIGNED_AT.replace(year=SIGNED_AT.year - 1))
    early._known = desk._known
    with pytest.raises(SelfCheckFailed):
        early.check(sealed(office))
    assert early.asked == 1


def test_a_signature_that_is_not_the_one_made_again_goes_the_slow_way(office):
    desk, pdf = Desk(office), sealed(office)
    desk.check(pdf)
    again = office.signer.again
    if again is None:
        assert find_signature(pdf.content).cms.signature_algorithm == RSA3072.identifier
        return
    assert desk.check(pdf, again) is None
    assert desk.asked == 1
    assert desk.check(pdf, lambda message: again(message + b"x")) is None
    assert desk.asked == 2


@pytest.mark.parametrize("key", ["of files", "of credentials"])
def test_a_key_that_goes_bad_in_memory_stops_all_that_it_signed(place, key):
    """Its signatures agree with themselves, so only the public key tells."""
    services = place.services
    services.issuer.issue(place.granted("C-0"))
    signer, keys = services.keys.signer(), services.keys.credential_keys()
    waiting = [place.granted(f"C-{number}") for number in range(1, 4)]
    if key == "of files":
        holder, good = signer, {"_sign": signer._sign, "again": signer.again}
        bad = dict.fromkeys(good, signing_function(new_private_key(P256)))
    else:
        holder, good = keys, {"_ed25519": keys._ed25519}
        bad = {"_ed25519": ed25519.signing_function(bytes(32))}
    for name, value in bad.items():
        object.__setattr__(holder, name, value)
    outcomes = services.issuer.issue_many(waiting)
    assert [type(item) for item in outcomes] == [SelfCheckFailed] * 3
    with services.database.reading() as unit:
        states = [row.state for row in unit.certificates.by_decisions(waiting)]
    assert states == [CertificateState.PREPARED] * 3
    for name, value in good.items():
        object.__setattr__(holder, name, value)
    assert all(row.sha256 for row in services.issuer.issue_many(waiting))


def test_of_a_batch_that_another_issuer_was_faster_with_in_part_each_gets_its_one_certificate(
    place, monkeypatch
):
    """Between the look at what is there and the commit; the whole batch is refused then, and each tried by itself."""
    services = place.services
    waiting = [place.granted(f"C-{number}") for number in range(3)]
    real, faster = maker.Maker.approve_many, []

    def approve(self, awards):
        if not faster:
            faster.append(None)
            faster.append(services.issuer.issue(waiting[1]))
        return real(self, awards)

    monkeypatch.setattr(maker.Maker, "approve_many", approve)
    rows = services.issuer.issue_many(waiting)
    assert [row.decision_id for row in rows] == waiting
    assert all(row.sha256 for row in rows)
    assert rows[1].id == faster[1].id
    with services.database.reading() as unit:
        assert len(unit.certificates.all()) == 3


def test_a_last_one_that_fails_by_itself_stops_no_other(place, monkeypatch):
    services = place.services
    services.issuer.issue(place.granted("C-0"))
    waiting = [place.granted(f"C-{number}") for number in range(1, 4)]
    real = maker.packed_attachment
    seen = []

    def broken(pdf):
        seen.append(pdf)
        if len(seen) == len(waiting):
            raise FileUnreadable("is not there.")
        return real(pdf)

    monkeypatch.setattr(maker, "packed_attachment", broken)
    outcomes = services.issuer.issue_many(waiting)
    assert sorted(type(item).__name__ for item in outcomes) == ["CertificateRow"] * 2 + ["SelfCheckFailed"]


def test_of_many_the_last_is_verified_with_the_public_keys(place, monkeypatch):
    services = place.services
    services.issuer.issue(place.granted("C-0"))
    asked = []
    for module in (pades_recognise, credential_recognise.ed25519):
        name = "signature_holds" if module is pades_recognise else "holds"
        real = getattr(module, name)

        def counted(public, *rest, real=real, name=name):
            asked.append(name)
            return real(public, *rest)

        monkeypatch.setattr(module, name, counted)
    services.issuer.issue_many([place.granted(f"C-{number}") for number in range(1, 5)])
    assert sorted(asked) == ["holds", "signature_holds"]


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_both_libraries_make_and_accept_the_same_ed25519_signatures(seed, message, bit):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    signature = ed25519.signing_function(seed)(message)
    assert signature == key.sign(message)
    assert ed25519.holds(public, signature, message)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert not ed25519.holds(public, bytes(changed), message)
    assert not ed25519.holds(public, signature, message + b"x")
    assert not ed25519.holds(public, signature[:-1], message)


def test_a_token_is_signed_when_first_asked_for_and_then_needs_no_key(place):
    services = place.services
    row = services.issuer.issue(place.granted())
    with services.database.reading() as unit:
        assert unit.certificates.tokens(row.id) is None
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: services.tokens.of(row), range(4)))
    assert len(set(made)) == 1
    tokens = {name: services.tokens.of(row, name) for name in ALGORITHMS}
    shutil.rmtree(services.settings.key_directory)
    assert {name: services.tokens.of(row, name) for name in ALGORITHMS} == tokens
    with pytest.raises(InvalidInput, match="one of"):
        services.tokens.of(row, "HS256")


def test_a_token_that_nobody_asked_for_is_signed_by_the_keys_that_the_intent_pinned_though_they_are_retired(
    place,
):
    services = place.services
    settings = services.settings
    first = services.issuer.issue(place.granted("C-1"))
    rotate(settings.key_directory, settings.key_passphrase_file, services.clock)
    second = services.issuer.issue(place.granted("C-2"))
    assert first.credential_key_ids != second.credential_key_ids
    for row in (first, second):
        for name in ALGORITHMS:
            stated, key = verify_jwt(
                services.tokens.of(row, name), settings.public_base, services.published_keys()
            )
            assert key.id in row.credential_key_ids
            assert stated["certificateId"] == row.id


def test_all_tokens_can_be_signed_before_a_key_is_destroyed(place):
    services = place.services
    rows = [services.issuer.issue(place.granted(f"C-{number}")) for number in range(3)]
    services.tokens.of(rows[1])
    assert services.tokens.sign_all() == 2
    assert services.tokens.sign_all() == 0
    waiting = services.issuer.issue(place.granted("C-3"))
    shutil.rmtree(services.settings.key_directory)
    for row in rows:
        services.tokens.of(row)
    with pytest.raises(KeysMissing):
        services.tokens.of(waiting)
    with pytest.raises(NotFound):
        services.tokens.of(replace(waiting, credential_key_ids=None, credential_sha256=None))


def test_files_of_a_kind_share_one_head_and_come_out_whole(place):
    services = place.services
    rows = [services.issuer.issue(place.granted(f"C-{number}")) for number in range(2)]
    with services.database.reading() as unit:
        for row in rows:
            assert hashlib.sha256(unit.certificates.pdf(row.id)).hexdigest() == row.sha256
        heads = unit.certificates._sql.exec_driver_sql(
            "SELECT count(*), max(length(content)) FROM file_head"
        ).one()
    assert heads[0] == 1
    assert heads[1] > 10_000
