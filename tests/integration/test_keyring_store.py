"""The key store on a real file system."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID
from signed_files import SIGNED_AT, Office, clock_at, one_page_pdf

from certify.errors import CertifyError, Conflict, InvalidInput, KeysMissing, KeyStoreLocked
from certify.keyring.store import anchors, init_keys, list_keys, open_signer, rotate
from certify.pades.read import find_signature


def snapshot(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def init(directory, **changes):
    choice = {"organisation": "Skills4Cities", "country": "BG"} | changes
    return init_keys(directory, directory / "passphrase", clock_at(SIGNED_AT), **choice)


def init_in_process(directory):
    return [key.id for key in init(directory)]


def test_init_makes_an_authority_and_a_signing_key_that_only_the_owner_can_read(tmp_path):
    store = tmp_path / "var" / "keys"
    keys = init(store)
    assert [key.use for key in keys] == ["authority", "certificate-signing"]
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    for path in (*store.glob("*.key"), store / "passphrase"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert not list(store.glob("*.new"))


def test_private_keys_are_encrypted_with_the_passphrase(tmp_path):
    init(tmp_path)
    for path in tmp_path.glob("*.key"):
        text = path.read_bytes()
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in text
        with pytest.raises((TypeError, ValueError)):
            load_pem_private_key(text, None)
        load_pem_private_key(text, (tmp_path / "passphrase").read_bytes())


def test_init_again_changes_nothing_and_lists_what_is_there(tmp_path):
    first = init(tmp_path)
    before = snapshot(tmp_path)
    assert init(tmp_path, organisation="Another", algorithm="rsa3072") == first
    assert snapshot(tmp_path) == before


def test_private_keys_without_an_index_are_never_overwritten(tmp_path):
    init(tmp_path)
    (tmp_path / "keys.json").unlink()
    before = snapshot(tmp_path)
    with pytest.raises(Conflict, match="nothing was overwritten"):
        init(tmp_path)
    assert snapshot(tmp_path) == before


def test_an_existing_passphrase_is_used_and_kept(tmp_path):
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    (tmp_path / "passphrase").chmod(0o600)
    init(tmp_path)
    assert (tmp_path / "passphrase").read_text() == "correct horse battery staple\n"
    open_signer(tmp_path, tmp_path / "passphrase")


def test_eight_processes_that_init_at_once_make_one_store(tmp_path):
    with ProcessPoolExecutor(8) as pool:
        made = list(pool.map(init_in_process, [tmp_path / "keys"] * 8))
    assert all(ids == made[0] for ids in made)
    assert len(list((tmp_path / "keys").glob("*.key"))) == 2
    open_signer(tmp_path / "keys", tmp_path / "keys" / "passphrase")


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": ""},
        {"organisation": "  "},
        {"organisation": "x" * 65},
        {"organisation": "Ж" * 65},
        {"organisation": "\ud800"},
        {"organisation": "a\nb"},
        {"country": "Bulgaria"},
        {"country": "bg"},
        {"country": "12"},
        {"algorithm": "ed25519"},
        {"algorithm": "rsa1024"},
    ],
    ids=str,
)
def test_what_cannot_stand_in_a_certificate_is_refused_and_nothing_is_made(tmp_path, wrong):
    with pytest.raises(InvalidInput):
        init(tmp_path / "keys", **wrong)
    assert not (tmp_path / "keys").exists()


def test_an_organisation_in_another_script_and_of_full_length_gets_its_authority(tmp_path):
    name = "Център за професионално обучение и развитие на умения при община Пловдив"[:64]
    assert (len(name), len(name.encode()) > 64) == (64, True)
    init(tmp_path, organisation=name)
    (authority,) = anchors(tmp_path)
    assert name in authority.subject.rfc4514_string()


@pytest.mark.parametrize(
    ("organisation", "common_name"),
    [
        ("Skills4Cities", "Skills4Cities Certificate Signing"),
        (
            "Skills4Cities Certification Body (illustrative)",
            "Skills4Cities Certification Body Certificate Signing",
        ),
        (
            "Institute for Competences in Cities, Sofia, Bulgaria",
            "Institute for Competences in Cities, Sofia Certificate Signing",
        ),
        ("Агенция за умения (градове)", "Агенция за умения Certificate Signing"),
        ("X" * 64, "Certificate Signing"),
    ],
)
def test_a_signers_common_name_is_whole_words_within_what_rfc_5280_allows(
    tmp_path, organisation, common_name
):
    init(tmp_path, organisation=organisation)
    _, key = list_keys(tmp_path)
    subject = x509.load_pem_x509_certificates((tmp_path / f"{key.id}.pem").read_bytes())[0].subject
    named = {
        name: subject.get_attributes_for_oid(oid)[0].value
        for name, oid in (("CN", NameOID.COMMON_NAME), ("O", NameOID.ORGANIZATION_NAME))
    }
    assert named == {"CN": common_name, "O": organisation}
    assert len(named["CN"].encode()) <= 64


def test_a_directory_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CertifyError):
        init(tmp_path / "file" / "keys")


def test_the_certificates_say_what_each_key_is_for(tmp_path):
    init(tmp_path)
    (authority,) = anchors(tmp_path)
    key_id = list_keys(tmp_path)[1].id
    signer, above = x509.load_pem_x509_certificates((tmp_path / f"{key_id}.pem").read_bytes())
    assert above == authority
    signer.verify_directly_issued_by(authority)
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
    usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36") in purposes
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer = signer.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert issuer.key_identifier == own.digest
    assert authority.serial_number != signer.serial_number


def test_anchors_and_the_list_need_no_passphrase(tmp_path):
    init(tmp_path)
    (tmp_path / "passphrase").unlink()
    assert len(anchors(tmp_path)) == 1
    assert len(list_keys(tmp_path)) == 2


def test_rotation_retires_the_old_key_keeps_it_and_signs_with_the_new(tmp_path):
    office = Office.open(tmp_path)
    old = office.signer.key_id
    later = SIGNED_AT + timedelta(days=400)
    new = rotate(tmp_path, tmp_path / "passphrase", clock_at(later))
    assert office.signer.key_id == new.id != old
    listed = {key.id: key for key in list_keys(tmp_path)}
    assert listed[old].retired_at == "2027-12-29T09:00:00Z"
    assert listed[new.id].retired_at is None
    assert (tmp_path / f"{old}.pem").exists()
    pinned = open_signer(tmp_path, tmp_path / "passphrase", old)
    assert pinned.key_id == old


def test_rotating_twice_keeps_the_first_time_of_retirement(tmp_path):
    office = Office.open(tmp_path)
    old = office.signer.key_id
    for days in (1, 2):
        rotate(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT + timedelta(days=days)))
    listed = {key.id: key for key in list_keys(tmp_path)}
    assert listed[old].retired_at == "2026-11-25T09:00:00Z"
    assert sum(key.retired_at is None for key in listed.values()) == 2  # the authority and one signing key


def test_a_signers_repr_shows_no_secret(tmp_path):
    signer = Office.open(tmp_path).signer
    assert "PRIVATE" not in repr(signer)
    data = signer.sign(one_page_pdf(signer.contents_length), SIGNED_AT)
    assert find_signature(data).claimed_at == SIGNED_AT


@pytest.mark.parametrize("name", ["list", "anchors", "signer", "rotate"])
def test_without_a_store_the_error_says_how_to_make_one(tmp_path, name):
    act = {
        "list": lambda: list_keys(tmp_path),
        "anchors": lambda: anchors(tmp_path),
        "signer": lambda: open_signer(tmp_path, tmp_path / "passphrase"),
        "rotate": lambda: rotate(tmp_path, tmp_path / "passphrase", clock_at(SIGNED_AT)),
    }[name]
    with pytest.raises(KeysMissing, match="certify keys init"):
        act()


def wrong_passphrase(store, key_id):
    (store / "passphrase").write_text("wrong")


def no_passphrase(store, key_id):
    (store / "passphrase").unlink()


def empty_passphrase(store, key_id):
    (store / "passphrase").write_text("\n")


def shared_passphrase(store, key_id):
    (store / "passphrase").chmod(0o640)


def shared_key(store, key_id):
    (store / f"{key_id}.key").chmod(0o604)


def cut_key(store, key_id):
    path = store / f"{key_id}.key"
    path.write_bytes(path.read_bytes()[:200])


def no_key(store, key_id):
    (store / f"{key_id}.key").unlink()


def no_chain(store, key_id):
    (store / f"{key_id}.pem").unlink()


def foreign_chain(store, key_id):
    (store / f"{key_id}.pem").write_bytes((store / "authority.pem").read_bytes())


def broken_index(store, key_id):
    (store / "keys.json").write_text("{")


def index_of_another_form(store, key_id):
    (store / "keys.json").write_text(json.dumps({"keys": [{"id": "x"}]}))


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (wrong_passphrase, KeyStoreLocked),
        (no_passphrase, KeyStoreLocked),
        (empty_passphrase, KeyStoreLocked),
        (shared_passphrase, KeyStoreLocked),
        (shared_key, KeyStoreLocked),
        (cut_key, KeyStoreLocked),
        (no_key, KeysMissing),
        (no_chain, KeysMissing),
        (foreign_chain, KeysMissing),
        (broken_index, KeysMissing),
        (index_of_another_form, KeysMissing),
    ],
)
def test_a_damaged_store_is_named_with_its_place_and_the_fix(tmp_path, damage, error):
    init(tmp_path)
    damage(tmp_path, list_keys(tmp_path)[1].id)
    with pytest.raises(error) as caught:
        open_signer(tmp_path, tmp_path / "passphrase")
    assert caught.value.where
    assert caught.value.fix
