"""The keys of credentials and status lists: made once, encrypted, and published without a passphrase."""

from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signed_files import SIGNED_AT, clock_at

from certify.credential.model import KeyKind
from certify.errors import KeysMissing, KeyStoreLocked
from certify.keyring.credentials import edition_of, open_credential_keys, published_keys
from certify.keyring.ring import KeyRing
from certify.keyring.store import init_keys, list_keys, open_signer, rotate

LATER = SIGNED_AT + timedelta(days=2)


@pytest.fixture
def store(tmp_path):
    init_keys(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT), organisation="A body", country="BG")
    return tmp_path


def opened(directory):
    return open_credential_keys(directory, directory / "passphrase", clock_at(LATER))


def ids_in_process(directory):
    keys = opened(directory)
    return keys.eddsa_key_id, keys.es256_key_id


def test_the_first_need_makes_one_key_of_each_kind_and_the_next_finds_them(store):
    first, second = opened(store), opened(store)
    assert (first.eddsa_key_id, first.es256_key_id) == (second.eddsa_key_id, second.es256_key_id)
    assert first.usable_from == LATER
    assert [key.use for key in list_keys(store)][2:] == ["credential-signing"] * 2
    for path in store.glob("credential-*.key"):
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_eight_processes_that_need_them_at_once_make_one_of_each(store):
    with ProcessPoolExecutor(8) as pool:
        made = set(pool.map(ids_in_process, [store] * 8))
    assert len(made) == 1
    assert len(published_keys(store)) == 2


def test_what_they_sign_holds_under_the_published_keys_and_is_the_same_every_time(store):
    keys = opened(store)
    (store / "passphrase").unlink()
    published = {key.kind: key for key in published_keys(store)}
    assert {key.id for key in published.values()} == {keys.eddsa_key_id, keys.es256_key_id}
    eddsa, es256 = keys.sign_eddsa(b"message"), keys.sign_es256(b"message")
    assert (eddsa, es256) == (keys.sign_eddsa(b"message"), keys.sign_es256(b"message"))
    ed25519.Ed25519PublicKey.from_public_bytes(published[KeyKind.ED25519].public).verify(eddsa, b"message")
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), published[KeyKind.P256].public)
    der = encode_dss_signature(int.from_bytes(es256[:32]), int.from_bytes(es256[32:]))
    point.verify(der, b"message", ec.ECDSA(hashes.SHA256()))


def test_they_sign_no_certificate_file(store):
    keys = opened(store)
    for key_id in (keys.eddsa_key_id, keys.es256_key_id):
        with pytest.raises(KeysMissing):
            open_signer(store, store / "passphrase", key_id)
    assert open_signer(store, store / "passphrase").key_id.startswith("sign-")


def test_a_change_of_the_index_is_seen_without_reading_it(store):
    before = edition_of(store)
    opened(store)
    assert edition_of(store) != before
    assert edition_of(store) == edition_of(store)


def test_without_a_store_or_its_passphrase_there_are_no_keys(store, tmp_path):
    with pytest.raises(KeysMissing):
        edition_of(tmp_path / "nowhere")
    opened(store)
    (store / "passphrase").write_bytes(b"another")
    with pytest.raises(KeyStoreLocked):
        opened(store)
    published = next(iter(store.glob("credential-*.pem")))
    published.write_bytes(b"")
    with pytest.raises(KeysMissing, match="damaged"):
        published_keys(store)


def test_after_a_rotation_others_sign_and_the_old_ones_stay_published_with_the_time(store):
    first = opened(store)
    rotate(store, store / "passphrase", clock_at(LATER))
    second = opened(store)
    assert not {first.eddsa_key_id, first.es256_key_id} & {second.eddsa_key_id, second.es256_key_id}
    retired = {key.id: key.retired_at for key in published_keys(store)}
    assert [retired[name] for name in first.ids + second.ids] == [LATER, LATER, None, None]


def test_what_an_intent_pinned_is_opened_by_name_after_a_rotation(store):
    first = opened(store)
    rotate(store, store / "passphrase", clock_at(LATER))
    again = open_credential_keys(store, store / "passphrase", clock_at(LATER), first.ids)
    assert again.sign_es256(b"message") == first.sign_es256(b"message")
    assert again.usable_from == first.usable_from
    for wrong in (first.ids[::-1], ("credential-none", first.es256_key_id)):
        with pytest.raises(KeysMissing):
            open_credential_keys(store, store / "passphrase", clock_at(LATER), wrong)


def test_a_public_key_of_another_is_refused_before_anything_is_signed(store):
    eddsa, _ = opened(store).ids
    stranger = ed25519.Ed25519PrivateKey.generate().public_key()
    (store / f"{eddsa}.pem").write_bytes(
        stranger.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(KeysMissing, match="not this key's"):
        opened(store)


def test_a_ring_opens_each_key_once_and_sees_a_rotation(store):
    ring = KeyRing(store, store / "passphrase", clock_at(LATER))
    signer, keys = ring.signer(), ring.credential_keys()
    assert ring.signer(signer.key_id) is ring.signer() is signer
    assert ring.credential_keys(keys.ids) is ring.credential_keys() is keys
    rotate(store, store / "passphrase", clock_at(LATER))
    assert ring.signer().key_id != signer.key_id
    assert ring.credential_keys().ids != keys.ids
    assert ring.signer(signer.key_id) is signer
    assert ring.credential_keys(keys.ids) is keys
